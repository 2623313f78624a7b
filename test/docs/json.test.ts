import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { credtrail, temporary } from "../infra/cli/credtrail.ts"
import { readPage, root, section } from "./pages.ts"

const page = readPage("docs/reference/json.md")
const data = temporary()
let summary = ""

/** What a call prints with `--json`, however it ends; `{data}` stands for the data directory. */
const printed = async (call: string): Promise<string> => {
  const args = call.split(" ").map((arg) => arg.replace("{data}", data))
  return (await credtrail(...args, "--json", "--data", data)).stdout
}

beforeAll(async () => {
  const source = join(root, "sample/fleet/office-lyon-05")
  summary = await printed(`ingest ${source} --decky office-lyon-05`)
})

// What an object has as keys that are data: a reason to reject a line, the name of a field.
const open = new Set(["rejectedByReason", "fields"])

/** The names of fields in a value, however deep. */
const fieldNames = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap(fieldNames)
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    open.has(name) ? [name] : [name, ...fieldNames(inner)],
  )
}

/** What a part of the page names as code, the parts that it builds on included. */
const documented = (...headings: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(
    ["Secrets", ...headings]
      .flatMap((heading) => [...section(page, `## ${heading}`).matchAll(/`(\w+)`/g)])
      .map(([, name = ""]) => name),
  )

const expectDocumented = (text: string, ...headings: ReadonlyArray<string>): void => {
  const names = new Set(fieldNames(JSON.parse(text)))
  expect(names.size).toBeGreaterThan(0)
  expect([...names].filter((name) => !documented(...headings).has(name))).toEqual([])
}

describe("the reference of JSON", () => {
  it("has every field of the summary of an ingest", () => {
    expectDocumented(summary, "ingest")
  })

  it("has every field of a rebuild, a verification and a rollback", async () => {
    expectDocumented(await printed("rebuild"), "rebuild")
    expectDocumented(await printed("verify"), "rebuild", "verify")
    expectDocumented(await printed("rollback"), "rollback")
  })

  it.each([
    ["formats", ["formats"]],
    ["findings --limit 1 --reveal", ["findings"]],
    ["findings show 4e1da8f7 --limit 2 --reveal", ["findings", "findings show"]],
    ["findings history 4e1da8f7 --limit 2", ["findings history", "findings show", "policy"]],
    ["findings diff --from 1 --limit 1 --reveal", ["findings diff", "findings", "findings show"]],
    ["why 4e1da8f7", ["why"]],
    [
      "what-if --min-targets 3 --since 2026-03-02 --until 2026-03-05 --limit 1 --reveal",
      ["what-if", "policy"],
    ],
    ["findings show 4e1da8f7 --as-of 2026-03-04 --by event-time", ["findings", "findings show"]],
    ["credentials --limit 9 --reveal", ["credentials"]],
    ["attackers --limit 1", ["attackers"]],
    ["status", ["status"]],
    ["vectors", ["vectors"]],
    ["policy", ["policy"]],
    ["policy set --min-targets 3", ["policy", "policy set"]],
    ["rejects --reveal", ["rejects"]],
    ["dead-letters", ["dead-letters"]],
    ["dead-letters retry", ["dead-letters retry"]],
    ["doctor", ["doctor"]],
    ["log copy --from embedded --to embedded:{data}/copy", ["log copy"]],
    ["attackers identify 192.0.2.77 3c6e2f0a-8d41-4b7e-9f15-2a7d90c4e6b8", ["attackers identify"]],
  ])("has every field that %s prints", async (call, headings) => {
    expectDocumented(await printed(call), ...headings)
  })

  it("has every field around an event that tail prints", async () => {
    const [first = ""] = (await printed("tail attacker.observed --from start --no-follow")).split(
      "\n",
    )
    const names = Object.keys(JSON.parse(first))
    expect(names.filter((name) => !documented("tail").has(name))).toEqual([])
  })
})
