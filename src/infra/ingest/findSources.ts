import { stat } from "node:fs/promises"
import { basename, dirname } from "node:path"
import * as Effect from "effect/Effect"
import { recogniseFormat } from "../sources/adapters.ts"
import type { SourceAdapter } from "../sources/SourceAdapter.ts"
import { sourceLine } from "../sources/sourceLine.ts"
import { content, firstBytes, isGzip } from "./content.ts"
import { LineSplitter } from "./LineSplitter.ts"
import { type Source, type SourceFile, sourceName } from "./source.ts"
import {
  nameFromTemplate,
  reading,
  type SourcePath,
  type SourceUnreadable,
  standardInput,
} from "./sourcePaths.ts"

export interface FindOptions {
  /** The format the operator forces; by default each file is recognised by its content. */
  readonly format: SourceAdapter | undefined
  /** The host's name, or a template over the path. */
  readonly decky: string | undefined
}

export interface FoundSources {
  readonly sources: ReadonlyArray<Source>
  /** Files in which no format was recognised. */
  readonly unknown: ReadonlyArray<SourcePath>
  /** Files with nothing in them. */
  readonly empty: ReadonlyArray<SourcePath>
}

const sampleLines = 50
const sampleBytes = 256 * 1024

/**
 * Sorts files into sources by format and host. Within a source the files are in the order of the
 * first time that stands in them, so that a session that spans two files is read from its start.
 */
export const findSources = Effect.fn("findSources")(function* (
  paths: ReadonlyArray<SourcePath>,
  options: FindOptions,
): Effect.fn.Return<FoundSources, SourceUnreadable> {
  const unknown: Array<SourcePath> = []
  const empty: Array<SourcePath> = []
  const groups = new Map<string, { source: Source; files: Array<SourceFile & { first: string }> }>()
  for (const path of paths) {
    if (path.path === standardInput) continue
    const { file, lines } = yield* inspect(path)
    if (file.size === 0) {
      empty.push(path)
      continue
    }
    const adapter = options.format ?? recogniseFormat(lines.map(sourceLine))
    if (adapter === undefined) {
      unknown.push(path)
      continue
    }
    const source = sourceOf(adapter, path.path, options.decky)
    const group = groups.get(source.name) ?? { source, files: [] }
    groups.set(source.name, group)
    group.files.push({ ...file, first: firstTime(lines) })
  }
  const sources = [...groups.values()].map(({ source, files }) => ({
    ...source,
    files: files
      .sort((a, b) => compare(a.first, b.first) || compare(a.path, b.path))
      .map(({ first: _, ...file }) => file),
  }))
  return { sources, unknown, empty }
})

/** The source that a file of this format at this path belongs to, without its files. */
export const sourceOf = (
  adapter: SourceAdapter,
  path: string,
  template: string | undefined,
): Source => {
  const decky = template === undefined ? undefined : nameFromTemplate(template, path)
  const directory = path === standardInput ? "stdin" : basename(dirname(path)) || "root"
  return {
    name: sourceName(adapter.format, decky ?? directory),
    adapter,
    decky,
    fallbackDecky: directory,
    files: [],
  }
}

const inspect = (
  path: SourcePath,
): Effect.Effect<{ file: SourceFile; lines: ReadonlyArray<Buffer> }, SourceUnreadable> =>
  reading(path.path, async () => {
    const { size } = await stat(path.path)
    const gzip = isGzip(await firstBytes(path.path, 2))
    const splitter = new LineSplitter()
    const lines: Array<Buffer> = []
    let bytes = 0
    const pieces = content({ path: path.path, gzip })
    try {
      for await (const piece of pieces) {
        lines.push(...splitter.push(piece).map((line) => line.bytes))
        bytes += piece.length
        if (lines.length >= sampleLines || bytes >= sampleBytes) break
      }
    } catch (cause) {
      // A damaged gzip file is recognised by what can be read of it; reading it tells the rest.
      if (!gzip) throw cause
    } finally {
      pieces.destroy()
    }
    const rest = splitter.rest()
    if (rest !== undefined) lines.push(rest.bytes)
    return { file: { path: path.path, gzip, size }, lines: lines.slice(0, sampleLines) }
  })

const isoTime = /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/

// The first time in the log's own text: right for every format that writes the date before the
// time. The others (ctime) keep the order of their names.
const firstTime = (lines: ReadonlyArray<Buffer>): string => {
  for (const line of lines) {
    const time = isoTime.exec(line.toString("latin1"))
    if (time !== null) return time[0].replace("T", " ")
  }
  return ""
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
