import { basename, dirname } from "node:path"
import { standardInput } from "./sourcePaths.ts"

/**
 * The name that a template makes of a path: `{dir}` is the name of the directory the file is in,
 * `{file}` the name of the file up to its first dot.
 */
export const nameFromTemplate = (template: string, path: string): string =>
  template.replaceAll(/\{(?:dir|file)\}/g, (part) =>
    part === "{dir}" ? directoryName(path) : fileName(path),
  )

const fileName = (path: string): string =>
  path === standardInput ? "stdin" : basename(path).replace(/(?<=.)\..*$/, "")

/** The name of the directory a file is in. */
export const directoryName = (path: string): string =>
  path === standardInput ? "stdin" : basename(dirname(path)) || "root"
