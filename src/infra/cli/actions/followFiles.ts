import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { followSource } from "../../ingest/followSource.ts"
import { startProgress } from "../../ingest/IngestProgress.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import { ingestSettings } from "../../ingest/ingestSettings.ts"
import { startSource } from "../../ingest/ingestSource.ts"
import { NotALog } from "../../ingest/ingestStdin.ts"
import type { Source, SourceFile } from "../../ingest/source.ts"
import { sourcePaths, standardInput } from "../../ingest/sourcePaths.ts"
import { readModelChildren, sourceChild } from "../../service/children.ts"
import { makeDiscover } from "../../service/discoverSources.ts"
import { startService } from "../../service/startService.ts"
import { Storage } from "../Storage.ts"
import { UsageError } from "../UsageError.ts"
import type { IngestInput } from "./ingestFiles.ts"

/** How often to look for files that have appeared. */
const lookEvery = "1 second"

/**
 * Follows sources, keeps the read models live and announces what they find, until it is
 * interrupted. What was begun is then finished: batches are whole or not there.
 */
export const followFiles = Effect.fn("followFiles")(function* (
  command: string,
  input: IngestInput,
) {
  if (input.paths.includes(standardInput)) {
    return yield* new UsageError({
      message: "standard input cannot be followed: it ends by itself; leave --follow out",
    })
  }
  const settings = yield* ingestSettings(input)
  yield* sourcePaths(input.paths)
  const storage = yield* Storage
  return yield* Effect.gen(function* () {
    const context = yield* Effect.context<EventLog | IngestStore>()
    const supervisor = yield* startService(
      input.data,
      command,
      yield* readModelChildren(input.onPoison),
      "Info",
    )
    const arrivals = new Map<string, Array<SourceFile>>()
    const follow = (source: Source, waiting: Array<SourceFile>) =>
      sourceChild(source.name, true, (signal) =>
        Effect.gen(function* () {
          const progress = startProgress()
          const onWritten = (position: string, events: number) =>
            signal({ type: "progress", position, events })
          const ingest = yield* startSource(source, settings.zone, progress, onWritten)
          // A restart begins again with every file the source has; the record of progress says where.
          const files = [...waiting]
          let taken = 0
          yield* followSource(
            ingest,
            () => {
              files.push(...waiting.slice(files.length))
              const fresh = files.slice(taken)
              taken = files.length
              return fresh
            },
            () => signal({ type: "caughtUp" }),
          )
        }).pipe(Effect.provideContext(context)),
      )
    const discover = makeDiscover(input.paths, settings)
    while (true) {
      const found = yield* discover.pipe(
        Effect.catch((error) =>
          Effect.as(Effect.logWarning(error.message), { sources: [], unknown: [], empty: [] }),
        ),
      )
      for (const { path } of found.unknown) {
        yield* Effect.logWarning(new NotALog({ path }).message)
      }
      for (const source of found.sources) {
        const waiting = arrivals.get(source.name)
        if (waiting !== undefined) {
          waiting.push(...source.files)
          continue
        }
        const files = [...source.files]
        arrivals.set(source.name, files)
        supervisor.add(follow(source, files))
      }
      yield* Effect.sleep(lookEvery)
    }
  }).pipe(Effect.scoped, Effect.provide(storage.open(input.data, "read-write")))
})
