import { globSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"

/** Where the project is. */
export const root = join(import.meta.dirname, "../..")

/** A page of the documentation: its path from the root, and its text. */
export interface Page {
  readonly path: string
  readonly text: string
}

export const readPage = (path: string): Page => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
})

/** The README, the changelog, and everything in `docs`. */
export const pages: ReadonlyArray<Page> = [
  join(root, "README.md"),
  join(root, "CHANGELOG.md"),
  join(root, "CONTRIBUTING.md"),
  join(root, "SECURITY.md"),
  ...globSync(join(root, "docs/**/*.md")).sort(),
].map((file) => readPage(relative(root, file)))

/** The part of a page from a heading to the next one of the same or a higher level. */
export const section = (page: Page, heading: string): string => {
  const lines = page.text.split("\n")
  const start = lines.indexOf(heading)
  if (start === -1) throw new Error(`${page.path} has no heading "${heading}"`)
  const level = levelOf(heading)
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => levelOf(line) > 0 && levelOf(line) <= level)
  return rest.slice(0, end === -1 ? undefined : end).join("\n")
}

const levelOf = (line: string): number => /^#+(?= )/.exec(line)?.[0].length ?? 0
