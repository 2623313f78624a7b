import type { Page } from "./pages.ts"

/** A command of a page, and what the page shows it to print. */
export interface Example {
  readonly command: string
  readonly shown: string
}

/** The commands in the ```console blocks of a page, in order: lines that begin with `$ `. */
export const examplesOf = ({ text }: Page): ReadonlyArray<Example> =>
  [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) => {
    const [before, ...commands] = `\n${block}`.split("\n$ ")
    if (before?.trim() !== "") throw new Error(`a console block begins with "${before}"`)
    return commands.map((part) => {
      const [command = "", ...lines] = part.split("\n")
      return { command, shown: lines.join("\n").trimEnd() }
    })
  })

/** What differs from machine to machine and from run to run, and what only aligns columns. */
export const comparable = (text: string): string =>
  text
    .replace(/ {2,}/g, "  ")
    .replace(/ +$/gm, "")
    .replace(/\b\d{16}\b/g, "POSITION")
    .replace(/^seconds {2}.*$/gm, "seconds  SOME")
    .replace(/\b(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d:\d\d(?:\.\d+Z)?/g, (time, day: string) =>
      day.startsWith("2026-03-0") ? time : "TIME OF RUN",
    )
    .trimEnd()

/**
 * Whether a command printed what the page shows. A line `...` of the page stands for any lines, and
 * `...` within a line for any part of one.
 */
export const isAsShown = (printed: string, shown: string): boolean => {
  const pattern = comparable(shown)
    .split("\n")
    .map((line) => (line === "..." ? "(?:.*\\n)*?" : `${escaped(line)}\\n`))
    .join("")
  return new RegExp(`^${pattern}$`).test(`${comparable(printed)}\n`)
}

const escaped = (line: string): string => line.split("...").map(RegExp.escape).join(".*")
