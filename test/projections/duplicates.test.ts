import { describe, expect, it } from "@effect/vitest"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { NewEvent } from "../../src/domain/event/events.ts"
import { layerMemory } from "../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { appendCaptures } from "../../src/infra/ingest/appendCaptures.ts"
import { CheckpointMoved, commitBatch, project } from "../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { moveCheckpoint, readCheckpoint } from "../../src/projections/checkpoint.ts"
import { makeReuseFold } from "../../src/projections/reuse/reuseProjection.ts"
import { announcing, currentDatabase } from "../infra/readmodel/sinks.ts"
import { captured } from "./captureEvents.ts"
import { foldBatches } from "./foldBatches.ts"
import { emptyReadModel } from "./foldedReadModel.ts"
import { batchesOf, cuts, eventsOf, histories } from "./histories.ts"
import { outbox, reuseState, tableContents } from "./tables.ts"

const layer = Layer.fresh(
  Layer.mergeAll(ReadModel.layer({ file: ":memory:", mode: "read-write" }), layerMemory),
)
const arbitrary = { runs: 30, size: 120, seed: 6 }

const everything = (db: Database) => ({ tables: tableContents(db), said: outbox(db) })

describe("a batch that is delivered again", () => {
  it.effect.prop(
    "is abandoned, because the checkpoint has moved, and leaves no trace",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) =>
      Effect.gen(function* () {
        const database = yield* currentDatabase
        const projection = yield* announcing
        const recorded = eventsOf(steps).map((event) => event.recorded)
        for (const batch of batchesOf(recorded, sizes)) {
          const from = readCheckpoint(database, projection.name)
          yield* commitBatch(projection, from, batch, "stop")
          const once = everything(database)
          for (const again of [projection, yield* announcing]) {
            const result = yield* Effect.result(commitBatch(again, from, batch, "stop"))
            expect(Result.isFailure(result) && result.failure).toBeInstanceOf(CheckpointMoved)
            expect(everything(database)).toEqual(once)
          }
        }
      }).pipe(Effect.provide(layer)),
    { arbitrary },
  )

  it.effect.prop(
    "does not disturb what comes after it",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) =>
      Effect.gen(function* () {
        const recorded = eventsOf(steps).map((event) => event.recorded)
        const fold = Effect.fnUntraced(function* (twice: boolean) {
          const database = yield* currentDatabase
          const projection = yield* announcing
          for (const batch of batchesOf(recorded, sizes)) {
            const from = readCheckpoint(database, projection.name)
            yield* commitBatch(projection, from, batch, "stop")
            if (twice) yield* Effect.flip(commitBatch(projection, from, batch, "stop"))
          }
          return everything(database)
        })
        const once = yield* fold(false).pipe(Effect.provide(layer))
        const twice = yield* fold(true).pipe(Effect.provide(layer))
        expect(twice).toEqual(once)
      }),
    { arbitrary },
  )
})

describe("two projections on the same read models", () => {
  it.effect.prop(
    "come to what one alone comes to, each being refused when the other was faster",
    { steps: histories, sizes: cuts, turns: cuts },
    ({ steps, sizes, turns }) =>
      Effect.gen(function* () {
        const database = yield* currentDatabase
        const events = eventsOf(steps)
        const two = [yield* announcing, yield* announcing].map((projection) => ({
          projection,
          at: readCheckpoint(database, projection.name),
        }))
        for (const [n, batch] of batchesOf(events, sizes).entries()) {
          const one = two[(turns[n % turns.length] ?? 0) % 2]
          if (one === undefined) throw new Error("there are two")
          const recorded = batch.map((event) => event.recorded)
          const now = readCheckpoint(database, one.projection.name)
          if (one.at.commitNo !== now.commitNo) {
            yield* Effect.flip(commitBatch(one.projection, one.at, recorded, "stop"))
          }
          one.at = yield* commitBatch(one.projection, now, recorded, "stop")
        }
        expect(reuseState(database)).toEqual(reuseState(foldBatches([events])))
      }).pipe(Effect.provide(layer)),
    { arbitrary },
  )

  it.effect("are told apart by what they wrote, even where the position is the same", () =>
    Effect.gen(function* () {
      const database = yield* currentDatabase
      const projection = yield* announcing
      const [first, second] = [captured(), captured()]
      const from = readCheckpoint(database, projection.name)
      const at = yield* commitBatch(projection, from, [first.recorded], "stop")
      moveCheckpoint(database, projection.name, at, at.position, 0)
      const refused = yield* Effect.flip(commitBatch(projection, at, [second.recorded], "stop"))
      expect(refused).toBeInstanceOf(CheckpointMoved)
    }).pipe(Effect.provide(layer)),
  )
})

describe("a batch that fails", () => {
  it.prop(
    "leaves no trace in the tables for the fold that is opened then",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const events = eventsOf(steps)
      const db = emptyReadModel()
      let projection = makeReuseFold(db, "announcing")
      for (const batch of batchesOf(events, sizes)) {
        const failing = db.transaction(() => {
          projection.apply(batch)
          throw new Error("the disk is full")
        })
        expect(failing).toThrow("the disk is full")
        projection = makeReuseFold(db, "announcing")
        db.transaction(() => projection.apply(batch))()
      }
      expect(reuseState(db)).toEqual(reuseState(foldBatches([events])))
    },
    { arbitrary },
  )
})

describe("a capture that is ingested again", () => {
  it.effect.prop(
    "is in the log once, and counted once",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) =>
      Effect.gen(function* () {
        const database = yield* currentDatabase
        const captures = eventsOf(steps).flatMap(({ type, data, recorded }) =>
          type === "credential.captured"
            ? [{ type, data, id: recorded.id, metadata: { schemaVersion: 1 } } satisfies NewEvent]
            : [],
        )
        const first = yield* appendCaptures("capture-a", "no_stream", captures)
        const projection = yield* announcing
        const caughtUp = project(projection, {
          onPoison: "stop",
          until: "caught-up",
          batchSize: 7,
        })
        yield* caughtUp
        const once = everything(database)
        let { revision } = first
        for (const batch of batchesOf(captures, sizes)) {
          const again = yield* appendCaptures("capture-a", revision, batch)
          const elsewhere = yield* appendCaptures("capture-b", "no_stream", batch)
          expect([again.appended, elsewhere.appended]).toEqual([0, 0])
          revision = again.revision
        }
        yield* caughtUp
        expect(everything(database)).toEqual(once)
      }).pipe(Effect.provide(layer)),
    { arbitrary },
  )
})
