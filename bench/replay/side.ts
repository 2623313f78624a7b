import { readdirSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Capture } from "../../src/domain/capture/capture.ts"
import type { EventId } from "../../src/domain/event/ids.ts"
import type { Position } from "../../src/domain/event/position.ts"
import { uuidFromBytes } from "../../src/domain/event/uuid.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { projectionBatch } from "../../src/infra/readmodel/catchUp.ts"
import { project, readModelSink } from "../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { reuseProjection } from "../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../src/projections/schema.ts"
import { side } from "../side.ts"
import { makePlainLoop } from "./plainLoop.ts"

// One side of the replay benchmark, in a process of its own: replays a log into fresh read models
// and prints what it took. Arguments: projection | plain, the log's file, the read models' file.
const [which, log = "", file = ""] = process.argv.slice(2)

const ours = (): Promise<number> =>
  Effect.gen(function* () {
    return yield* project(readModelSink(yield* ReadModel, reuseProjection("silent")), {
      onPoison: "stop",
      until: "caught-up",
      batchSize: projectionBatch,
    })
  }).pipe(
    Effect.provide(
      Layer.merge(
        layerEmbedded({ file: log, mode: "read-only" }),
        ReadModel.layer({ file, mode: "read-write" }),
      ),
    ),
    Effect.runPromise,
  )

// Tuned about as ours is, so that what is compared is how rows are written.
const plain = (): number => {
  const from = new Sqlite(log, { readonly: true })
  const to = new Sqlite(file)
  to.pragma("journal_mode = WAL")
  to.pragma("synchronous = NORMAL")
  to.pragma("wal_autocheckpoint = 8000")
  to.pragma("cache_size = -65536")
  to.exec(readModelSchema)
  const apply = makePlainLoop(to)
  const page = from
    .prepare<[number], Row>(
      `SELECT position, stream_id, revision, event_id, recorded_at, data, metadata FROM events
        WHERE position > ? ORDER BY position LIMIT 1000`,
    )
    .raw()
  let position = 0
  let events = 0
  while (true) {
    const rows = page.all(position)
    if (rows.length === 0) break
    to.transaction(() => {
      for (const [place, , revision, id, recordedAt, data, metadata] of rows) {
        const capture = JSON.parse(data) as Capture // written by the benchmark itself
        apply(capture, {
          position: String(place).padStart(16, "0") as Position, // the log's own shape
          stream: "capture-bench",
          revision,
          id: uuidFromBytes(id) as EventId, // as the log holds it
          type: "credential.captured",
          recordedAt,
          data: capture,
          metadata: JSON.parse(metadata),
        })
        position = place
      }
    }).immediate()
    events += rows.length
  }
  to.close()
  from.close()
  return events
}

type Row = [number, number, number, Buffer, number, string, string]

for (const name of readdirSync(dirname(file))) {
  if (name.startsWith(basename(file))) rmSync(join(dirname(file), name))
}
await side(which === "plain" ? plain : ours)
