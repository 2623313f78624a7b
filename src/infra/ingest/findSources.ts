import * as Effect from "effect/Effect"
import { recogniseFormat } from "../sources/adapters.ts"
import type { SourceAdapter } from "../sources/SourceAdapter.ts"
import type { SourceRecord } from "../sources/SourceRecord.ts"
import { bytesAt, content } from "./content.ts"
import { type DeckyRules, directoryName, givenName, nameOfPath } from "./deckyNames.ts"
import { compressionOf, isDamage } from "./decompress.ts"
import { archiveOf, NotALog } from "./NotALog.ts"
import { RecordSample } from "./RecordSample.ts"
import { reading, type SourceUnreadable } from "./SourceUnreadable.ts"
import { type Source, type SourceFile, sourceName } from "./source.ts"
import type { SourcePath } from "./sourcePaths.ts"

export interface FindOptions extends DeckyRules {
  /** The format the operator forces; by default each file is recognised by its content. */
  readonly format: SourceAdapter | undefined
}

/** An unrecognised file, with its error. */
interface UnknownFile extends SourcePath {
  readonly notALog: NotALog
}

export interface FoundSources {
  readonly sources: ReadonlyArray<Source>
  /** Files in which no format was recognised. */
  readonly unknown: ReadonlyArray<UnknownFile>
  /** Files with nothing in them. */
  readonly empty: ReadonlyArray<SourcePath>
  /** Files that are there and cannot be read. */
  readonly unreadable: ReadonlyArray<SourceUnreadable>
}

const beginningLength = 16 * 1024

/**
 * Sorts files into sources by format and host. Within a source the files are in the order of the
 * first time that stands in them, so that a session that spans two files is read from its start.
 */
export const findSources = Effect.fn("findSources")(function* (
  paths: ReadonlyArray<SourcePath>,
  options: FindOptions,
): Effect.fn.Return<FoundSources> {
  const unknown: Array<UnknownFile> = []
  const empty: Array<SourcePath> = []
  const unreadable: Array<SourceUnreadable> = []
  const groups = new Map<string, { source: Source; files: Array<SourceFile & { first: string }> }>()
  for (const path of paths) {
    const inspected = yield* Effect.result(inspect(path))
    if (inspected._tag === "Failure") {
      // Of a file in a directory that is gone by now, nothing can be said: it was moved or deleted.
      if (path.named || inspected.failure.missing !== true) unreadable.push(inspected.failure)
      continue
    }
    const { file, records, isEmpty } = inspected.success
    if (isEmpty) {
      empty.push(path)
      continue
    }
    const adapter = options.format ?? recogniseFormat(records)
    if (adapter === undefined) {
      const { archive } = inspected.success
      const notALog = new NotALog({
        path: path.path,
        ...(archive === undefined ? {} : { archive }),
      })
      unknown.push({ ...path, notALog })
      continue
    }
    const source = sourceOf(adapter, path.path, options)
    const group = groups.get(source.name) ?? { source, files: [] }
    groups.set(source.name, group)
    group.files.push({ ...file, first: firstTime(records) })
  }
  const sources = [...groups.values()].map(({ source, files }) => ({
    ...source,
    files: files
      .sort((a, b) => compare(a.first, b.first) || compare(a.path, b.path))
      .map(({ first: _, ...file }) => file),
  }))
  return { sources, unknown, empty, unreadable }
})

/** The source that a file of this format at this path belongs to, without its files. */
export const sourceOf = (adapter: SourceAdapter, path: string, rules: DeckyRules): Source => {
  const decky = givenName(rules)
  const { name } = nameOfPath(rules, path) ?? directoryName(path)
  return {
    name: sourceName(adapter.format, decky ?? name),
    adapter,
    decky,
    fallbackDecky: name,
    rules,
    files: [],
  }
}

interface Inspected {
  readonly file: SourceFile
  /** Its first records; the last may be cut. */
  readonly records: ReadonlyArray<SourceRecord>
  /** Whether there is nothing in it, as far as can be seen. */
  readonly isEmpty: boolean
  readonly archive: ReturnType<typeof archiveOf>
}

const inspect = ({ path, key, size }: SourcePath): Effect.Effect<Inspected, SourceUnreadable> =>
  reading(path, async () => {
    const beginning = await bytesAt(path, 0, beginningLength)
    const compression = compressionOf(beginning)
    // A short file is opened once.
    const isShort = compression === undefined && beginning.length < beginningLength
    const sample = new RecordSample()
    let isSound = true
    try {
      for await (const piece of isShort ? [beginning] : content({ path, compression })) {
        if (sample.add(piece)) break
      }
    } catch (cause) {
      // Such a file is recognised by what can be read of it; reading it tells the rest.
      if (!isDamage(cause)) throw cause
      isSound = false
    }
    const isEmpty = isSound && sample.isEmpty
    const archive = archiveOf(beginning)
    return { file: { path, key, compression, size }, records: sample.records, isEmpty, archive }
  })

const isoTime = /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/

// The first time in the log's own text: right for every format that writes the date before the
// time. The others (ctime) keep the order of their names.
const firstTime = (records: ReadonlyArray<SourceRecord>): string => {
  for (const { text } of records) {
    const time = isoTime.exec(text)
    if (time !== null) return time[0].replace("T", " ")
  }
  return ""
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
