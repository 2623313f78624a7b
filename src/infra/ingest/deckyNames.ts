import { basename, dirname, isAbsolute, resolve } from "node:path"
import * as Schema from "effect/Schema"
import { standardInput } from "./sourcePaths.ts"

/** What the operator says of which host is which; what nothing is said of is named by default. */
export interface DeckyRules {
  /**
   * A name, a template over the path of a file, or `re:` and a regular expression whose first group,
   * or the one called `decky`, is the name.
   */
  readonly decky: string | undefined
  readonly deckies?: DeckyMap | undefined
}

/** Which paths, and which names in logs, are which decky. */
export interface DeckyMap {
  /** Absolute paths of files and directories. */
  readonly paths: ReadonlyMap<string, string>
  readonly logged: ReadonlyMap<string, string>
}

/** A decky's name made of a path, and the part of the path that it was made of. */
export interface PathName {
  readonly name: string
  readonly place: string
}

const expressionMark = "re:"
const placeholder = /\{(?:dir(?::(-?[1-9]\d?))?|file)\}/g

/** The name that is given to a host as such, whatever the path is and the log says. */
export const givenName = ({ decky }: DeckyRules): string | undefined =>
  decky === undefined || decky.startsWith(expressionMark) || decky.search(placeholder) !== -1
    ? undefined
    : decky

/** What is wrong with a rule; `undefined` where nothing is. */
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

/** What the rules make of a path; `undefined` where they say nothing of it. */
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

/** The longest of the paths in the map that the file is at or below. */
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

/** The directory so many levels above a file: 1 is the one that it is in. */
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

/** Reads the text of a map; paths in it are relative to the directory that it is in. */
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
 * What a log's own name for its host is worth: that of a container changes with every restart; one
 * that every installation has by default tells no host from another. Any other is the host's.
 */
export const worthOfLoggedName = (name: string): "own" | "default" | "container" => {
  if (container.test(name)) return "container"
  return byDefault.test(name) ? "default" : "own"
}

// Docker's ids, and the pods of a Kubernetes deployment.
const container = /^[0-9a-f]{12}$|^[0-9a-f]{64}$|-[0-9a-f]{6,10}-[a-z0-9]{5}$/
const byDefault = /^(?:localhost(?:\..*)?|opencanary-1|ip(?:-\d{1,3}){4}(?:\..*)?)$/i
