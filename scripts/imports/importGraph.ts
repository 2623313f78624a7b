import { globSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { parseAst } from "rolldown/parseAst"

/** One `import`, `export ... from`, `import()` or `import("...").Type`. */
export interface Import {
  /** A path from the root of the project, or the name of a package as written. */
  readonly target: string
  readonly isPackage: boolean
  readonly line: number
}

/** What each file imports, types included: paths from the root of the project, with `/`. */
export type ImportGraph = ReadonlyMap<string, ReadonlyArray<Import>>

/** Reads the TypeScript files below `directories`, which are paths from `root`. */
export const readImportGraph = (root: string, directories: ReadonlyArray<string>): ImportGraph =>
  new Map(
    directories
      .flatMap((directory) => globSync(`${directory}/**/*.ts`, { cwd: root }))
      .map((file) => file.replaceAll("\\", "/"))
      .sort()
      .map((file) => [file, importsOf(file, readFileSync(join(root, file), "utf8"))]),
  )

/** Imports of one file, in the order they are written. */
export const importsOf = (file: string, text: string): ReadonlyArray<Import> => {
  const imports: Array<Import> = []
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      imports.push({
        ...resolve(file, specifier.text),
        line: text.slice(0, specifier.start).split("\n").length,
      })
    }
    Object.values(node).forEach(visit)
  }
  visit(parseAst(text, { lang: "ts" }, file))
  return imports
}

const importing = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
])

const specifierOf = (node: object): { text: string; start: number } | undefined => {
  if (!("type" in node) || typeof node.type !== "string" || !importing.has(node.type)) return
  if (!("source" in node) || typeof node.source !== "object" || node.source === null) return
  const source = node.source
  if (!("value" in source) || typeof source.value !== "string") return
  if (!("start" in source) || typeof source.start !== "number") return
  return { text: source.value, start: source.start }
}

const resolve = (file: string, specifier: string): Pick<Import, "target" | "isPackage"> =>
  specifier.startsWith(".")
    ? { target: posix.normalize(posix.join(posix.dirname(file), specifier)), isPackage: false }
    : { target: specifier, isPackage: true }
