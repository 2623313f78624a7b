import { basename, dirname, isAbsolute, resolve } from "node:path"
import * as Schema from "effect/Schema"
import { standardInput } from "./sourcePaths.ts"

/** How the operator names hosts; the rest get default names. */
export interface DeckyRules {
  /**
   * A name, a template over the path of a file, or `re:` and a regular expression whose first group,
   * or the one called `decky`, is the name.
   */
  readonly decky: string | undefined
  readonly deckies?: DeckyMap | undefined
}

/** Maps paths and logged host names to deckies. */
export interface DeckyMap {
  /** Absolute paths of files and directories. */
  readonly paths: ReadonlyMap<string, string>
  readonly logged: ReadonlyMap<string, string>
}

/** A decky's name derived from a path, and the prefix it came from. */
export interface PathName {
  readonly name: string
  readonly place: string
}

const expressionMark = "re:"
const placeholder = /\{(?:dir(?::(-?[1-9]\d?))?|file)\}/g

/** The fixed name, if the operator gave one instead of a rule. */
export const givenName = ({ decky }: DeckyRules): string | undefined =>
  decky === undefined || decky.startsWith(expressionMark) || decky.search(placeholder) !== -1
    ? undefined
    : decky

/** The error in a rule, or `undefined` if it is valid. */
export const ruleProblem = (decky: string): string | undefined => {
  if (decky.trim() === "") return "the name given with --decky is empty"
  if (decky.startsWith(expressionMark)) {
    try {
      new RegExp(decky.slice(expressionMark.length), "u")
      return undefined
    } catch (cause) {
      return `--decky ${decky} is no regular expression: ${String(cause)}`
    }
  }
  const [strange] = decky.replaceAll(placeholder, "").match(/\{[\w:-]*\}/) ?? []
  return strange === undefined
    ? undefined
    : `--decky knows {dir}, {dir:2} and further up, and {file}, and no ${strange}`
}

/** The name that the rules give a path; `undefined` if no rule applies. */
export const nameOfPath = ({ decky, deckies }: DeckyRules, path: string): PathName | undefined => {
  const mapped = path === standardInput ? undefined : mappedPath(deckies, path)
  if (mapped !== undefined || decky === undefined) return mapped
  if (!decky.startsWith(expressionMark)) return templateName(decky, path)
  const found = new RegExp(decky.slice(expressionMark.length), "du").exec(path)
  const name = found?.groups?.decky ?? found?.[1] ?? found?.[0]
  const [, end] = found?.indices?.groups?.decky ?? found?.indices?.[1] ?? found?.indices?.[0] ?? []
  return name === undefined || name === "" ? undefined : { name, place: path.slice(0, end) }
}

/** The name of a file's directory. */
export const directoryName = (path: string): PathName => directory(path, 1)

/** Looks up the longest mapped path that contains the file. */
const mappedPath = (deckies: DeckyMap | undefined, path: string): PathName | undefined => {
  for (let place = path; deckies !== undefined; place = dirname(place)) {
    const name = deckies.paths.get(place)
    if (name !== undefined) return { name, place }
    if (dirname(place) === place) return undefined
  }
  return undefined
}

const templateName = (template: string, path: string): PathName => {
  let place = ""
  const name = template.replaceAll(placeholder, (part, level: string | undefined) => {
    const named = part === "{file}" ? fileName(path) : directory(path, Math.abs(Number(level ?? 1)))
    if (named.place.length > place.length) place = named.place
    return named.name
  })
  return { name, place }
}

const fileName = (path: string): PathName => {
  if (path === standardInput) return { name: "stdin", place: path }
  const name = basename(path).replace(/(?<=.)\..*$/, "")
  return { name, place: resolve(dirname(path), name) }
}

/** The directory N levels above a file; 1 is its own directory. */
const directory = (path: string, level: number): PathName => {
  if (path === standardInput) return { name: "stdin", place: path }
  let place = path
  for (let n = 0; n < level; n++) place = dirname(place)
  return { name: basename(place) || "root", place }
}

const Names = Schema.Record(Schema.String, Schema.String.check(Schema.isMinLength(1)))
const DeckyMapFile = Schema.Struct({
  paths: Schema.optionalKey(Names),
  logged: Schema.optionalKey(Names),
})

/** Parses a map. Relative paths are resolved against the map's directory. */
export const parseDeckyMap = (text: string, base: string): DeckyMap => {
  const file = Schema.decodeUnknownSync(Schema.fromJsonString(DeckyMapFile), {
    onExcessProperty: "error",
  })(text)
  const absolute = (path: string): string =>
    isAbsolute(path) ? resolve(path) : resolve(base, path)
  return {
    paths: new Map(Object.entries(file.paths ?? {}).map(([path, name]) => [absolute(path), name])),
    logged: new Map(Object.entries(file.logged ?? {})),
  }
}

/**
 * Classifies a logged host name: a container's name changes with every restart, and a default name is
 * the same on every installation. Any other is the host's own.
 */
export const worthOfLoggedName = (name: string): "own" | "default" | "container" => {
  if (container.test(name)) return "container"
  return byDefault.test(name) ? "default" : "own"
}

// Docker's ids, and the pods of a Kubernetes deployment.
const container = /^[0-9a-f]{12}$|^[0-9a-f]{64}$|-[0-9a-f]{6,10}-[a-z0-9]{5}$/
const byDefault = /^(?:localhost(?:\..*)?|opencanary-1|ip(?:-\d{1,3}){4}(?:\..*)?)$/i
