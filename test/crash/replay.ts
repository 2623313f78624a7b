import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { project } from "../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { type Contents, readModelContents } from "../infra/readmodel/readModelContents.ts"
import { announcing, currentDatabase } from "../infra/readmodel/sinks.ts"
import type { DataContents } from "./dataContents.ts"
import { eventAt } from "./streams.ts"

/** What a log comes to when it is folded into new read models, by one process without a break. */
export interface Replay {
  /** With an outbox in which everything that is to be announced stands, never relayed. */
  readonly readModels: Contents
  /** The ids of the announcements. */
  readonly announced: ReadonlyArray<string>
}

/** Folds the log in a data directory into read models in a file of their own. */
export const replay = (data: string, file: string, { events }: DataContents): Promise<Replay> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const database = yield* currentDatabase
      yield* project(yield* announcing, {
        onPoison: "stop",
        until: "caught-up",
        batchSize: 100_000,
      })
      return {
        readModels: readModelContents(database, eventAt(events)),
        announced: database
          .prepare<[], string>("SELECT event_id FROM outbox")
          .pluck(true)
          .all()
          .sort(),
      }
    }).pipe(
      Effect.provide(
        Layer.merge(
          layerEmbedded({ file: join(data, "log.sqlite"), mode: "read-only" }),
          ReadModel.layer({ file, mode: "read-write" }),
        ),
      ),
    ),
  )
