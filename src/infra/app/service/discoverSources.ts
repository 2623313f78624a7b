import * as Effect from "effect/Effect"
import { findSources } from "../../ingest/findSources.ts"
import type { IngestSettings } from "../../ingest/ingestSettings.ts"
import { NotALog } from "../../ingest/NotALog.ts"
import type { Source } from "../../ingest/source.ts"
import { type SourcePath, sourcePaths } from "../../ingest/sourcePaths.ts"

/** What a look at the paths has shown: the files that are new or changed, and news of the others. */
export interface Discovered {
  readonly sources: ReadonlyArray<Source>
  /** What the operator should know, said once for as long as it is so. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * A look at some paths that can be taken again and again: each answers with the files that are new
 * or have changed since the last one. Those that are `followed` are not looked at, and one of no
 * known format is looked at again, since a log may have had too little in it to be recognised.
 * Left for later is a compressed file that is being written: it has to be seen twice alike.
 */
export const makeDiscover = (
  paths: ReadonlyArray<string>,
  own: string,
  settings: IngestSettings,
  followed: ReadonlySet<string>,
): Effect.Effect<Discovered> => {
  /** The stamps of all files at the look before, and of those that were done with, by their keys. */
  let before: ReadonlyMap<string, string> | undefined
  const done = new Map<string, string>()
  const unknown = new Set<string>()
  let unreadable: ReadonlySet<string> = new Set()

  return Effect.gen(function* () {
    const notRead = new Set<string>()
    const there = new Map<string, SourcePath>()
    for (const path of paths) {
      const found = yield* Effect.result(sourcePaths([path], own))
      if (found._tag === "Failure") {
        notRead.add(found.failure.message)
        continue
      }
      for (const { message } of found.success.unreadable) notRead.add(message)
      for (const file of found.success.files) there.set(file.key, file)
    }
    // The number of a file that is gone may be given to another.
    for (const key of [...done.keys(), ...unknown]) {
      if (there.has(key)) continue
      done.delete(key)
      unknown.delete(key)
    }
    for (const { key, stamp } of there.values()) if (followed.has(key)) done.set(key, stamp)

    const fresh = [...there.values()].filter(
      ({ key, size, stamp }) => size > 0 && done.get(key) !== stamp,
    )
    const found = yield* findSources(fresh, { format: settings.adapter, decky: settings.decky })
    for (const { message } of found.unreadable) notRead.add(message)
    for (const { key, stamp } of [...found.unknown, ...found.empty]) done.set(key, stamp)

    const sources = found.sources.flatMap((source) => {
      const files = source.files.filter(({ key, gzip }) => {
        const stamp = there.get(key)?.stamp ?? ""
        const isWhole = !gzip || before === undefined || before.get(key) === stamp
        if (isWhole) done.set(key, stamp)
        return isWhole
      })
      return files.length > 0 ? [{ ...source, files }] : []
    })
    before = new Map([...there.values()].map(({ key, stamp }) => [key, stamp]))

    const strangers = found.unknown.filter(({ key }) => !unknown.has(key))
    for (const { key } of strangers) unknown.add(key)
    const warnings = [
      ...[...notRead].filter((warning) => !unreadable.has(warning)),
      ...strangers.map(({ path }) => new NotALog({ path }).message),
    ]
    unreadable = notRead
    return { sources, warnings }
  })
}
