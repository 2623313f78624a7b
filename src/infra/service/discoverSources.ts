import { stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { type FoundSources, findSources } from "../ingest/findSources.ts"
import type { IngestSettings } from "../ingest/ingestSettings.ts"
import { type SourcePath, type SourceUnreadable, sourcePaths } from "../ingest/sourcePaths.ts"

/** Finds the files that were not there at the look before. */
export type Discover = Effect.Effect<FoundSources, SourceUnreadable>

/**
 * A look at some paths that can be taken again and again: each answers with the files that are new
 * since the last one. A renamed file is not new; a file of no known format is looked at again when
 * it has grown, since a log may have had too little in it to be recognised.
 */
export const makeDiscover = (paths: ReadonlyArray<string>, settings: IngestSettings): Discover => {
  const known = new Set<string>()
  const unrecognised = new Map<string, number>()
  return Effect.gen(function* () {
    const fresh: Array<SourcePath & { readonly key: string; readonly size: number }> = []
    for (const path of yield* sourcePaths(paths)) {
      const there = yield* Effect.promise(() => stat(path.path).catch(() => undefined))
      if (there === undefined || there.size === 0) continue
      const key = `${there.dev}:${there.ino}`
      if (known.has(key) || unrecognised.get(key) === there.size) continue
      fresh.push({ ...path, key, size: there.size })
    }
    const found = yield* findSources(fresh, {
      format: settings.adapter,
      decky: settings.decky,
    })
    for (const { key, size, path } of fresh) {
      if (found.unknown.some((unknown) => unknown.path === path)) unrecognised.set(key, size)
      else known.add(key)
    }
    return found
  })
}
