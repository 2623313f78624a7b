import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { exitCodes } from "../../src/infra/cli/exitCodes.ts"
import { credtrail } from "../infra/cli/credtrail.ts"
import { readPage, section } from "./pages.ts"

const page = readPage("docs/reference/cli.md")

// Help opens no data: there is none here, and it is not made.
const nowhere = join(import.meta.dirname, "nowhere")

const help = async (command: ReadonlyArray<string>): Promise<string> => {
  const { code, stdout, stderr } = await credtrail(...command, "--help", "--data", nowhere)
  expect({ code, stderr, made: existsSync(nowhere) }).toEqual({ code: 0, stderr: "", made: false })
  return stdout.replaceAll(/\u001b\[[0-9;]*m/g, "")
}

/** The lines of one part of a help text, such as `FLAGS`. */
const part = (text: string, title: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  const start = lines.indexOf(title)
  if (start === -1) return []
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => line !== "" && !line.startsWith(" "))
  return rest.slice(0, end === -1 ? undefined : end).filter((line) => line.trim() !== "")
}

/** `--json` and `-f` of the lines of a part: what stands before the description. */
const flagsOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.flatMap(
    (line) =>
      line
        .trim()
        .split(/ {2,}/)[0]
        ?.match(/--?[a-z0-9-]+(?![\w>|])/g) ?? [],
  )

const subcommandsOf = (text: string): ReadonlyArray<string> =>
  part(text, "SUBCOMMANDS").map((line) => line.trim().split(" ")[0] ?? "")

/** The flags in the first column of the tables of a text. */
const documentedFlags = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^\| (`-.*?) \|/gm)].flatMap(
    ([, cell = ""]) => cell.match(/--?[a-z0-9-]+/g) ?? [],
  )

const sorted = (texts: ReadonlyArray<string>): ReadonlyArray<string> => [...texts].sort()

/** Every command with its help. */
const commands = async (
  command: ReadonlyArray<string>,
): Promise<ReadonlyArray<{ readonly command: string; readonly text: string }>> => {
  const text = await help(command)
  const below = await Promise.all(subcommandsOf(text).map((name) => commands([...command, name])))
  return [{ command: ["credtrail", ...command].join(" "), text }, ...below.flat()]
}

const [root, ...subcommands] = await commands([])

describe("the reference of commands", () => {
  it.each(subcommands)("has every flag of $command, and no other", ({ command, text }) => {
    const level = command.split(" ").length === 2 ? "##" : "###"
    const own = section(page, `${level} ${command}`).split("\n### ")[0] ?? ""
    expect(sorted(documentedFlags(own))).toEqual(sorted(flagsOf(part(text, "FLAGS"))))
  })

  it("has the flags of every command, and no other", () => {
    const text = root?.text ?? ""
    const flags = [...part(text, "FLAGS"), ...part(text, "GLOBAL FLAGS")]
    const before = page.text.slice(0, page.text.indexOf("\n## "))
    expect(sorted(documentedFlags(before))).toEqual(sorted(flagsOf(flags)))
  })

  it("has every command, and no other", () => {
    const documented = [...page.text.matchAll(/^##+ (credtrail .+)$/gm)].map(([, name]) => name)
    expect(documented.toSorted()).toEqual(subcommands.map(({ command }) => command).toSorted())
  })

  it("has every exit code with its name, and no other", () => {
    const rows = section(page, "## Exit codes").matchAll(/^\| `(\d+)` \| (\w+) \|/gm)
    const documented = Object.fromEntries([...rows].map(([, code, name]) => [name, Number(code)]))
    expect(documented).toEqual(exitCodes)
  })
})
