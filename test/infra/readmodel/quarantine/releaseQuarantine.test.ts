import { describe, expect, it } from "@effect/vitest"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../../src/domain/event/codec.ts"
import type { DecodedEvent, RecordedEvent } from "../../../../src/domain/event/events.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import { releaseQuarantine } from "../../../../src/infra/readmodel/quarantine/releaseQuarantine.ts"
import { ReadModel } from "../../../../src/infra/readmodel/ReadModel.ts"
import { relayOutbox } from "../../../../src/infra/readmodel/relayOutbox.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { decisionsOf } from "../../../../src/projections/deadLetters.ts"
import { quarantinesOf } from "../../../../src/projections/quarantine.ts"
import { captured, identified, policyChanged } from "../../../projections/captureEvents.ts"
import { foldBatches } from "../../../projections/foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../../../projections/histories.ts"
import { reuseState } from "../../../projections/tables.ts"
import { byText, type ReuseState } from "../../../reference/ReuseState.ts"
import { breakSome, broken, distinct, breakableStores as layer, some } from "../brokenEvents.ts"
import { append, wholeLog } from "../logEvents.ts"
import { readModelContents } from "../readModelContents.ts"
import { currentDatabase, silent } from "../sinks.ts"

const name = "credential-reuse"

const decoded = (events: ReadonlyArray<RecordedEvent>): ReadonlyArray<DecodedEvent> =>
  events.flatMap((event) => Result.getOrThrow(decodeEvent(event)) ?? [])

/** What the tables say, in an order that does not follow from that of folding. */
const sorted = (db: Database): Omit<ReuseState, "said"> => {
  const { keys, credentials, attackers } = reuseState(db)
  return {
    keys: [...keys].sort((a, b) => byText(a.findingId, b.findingId)),
    credentials,
    attackers: [...attackers].sort((a, b) => byText(a.ip, b.ip)),
  }
}

const policies = (db: Database) =>
  db.prepare("SELECT position, event_id, policy FROM policies ORDER BY position").all()

/** What a clean replay of the log comes to, and what it says. */
const clean = Effect.map(wholeLog, (events) => foldBatches([decoded(events)]))

/** What was announced about findings, in the log or by a replay. */
const announced = Effect.map(wholeLog, (events) =>
  events
    .filter(({ type }) => type === "credential.reuse.detected")
    .map(({ stream, revision, id, data, metadata }) => ({ stream, revision, id, data, metadata }))
    .sort((a, b) => byText(a.id, b.id)),
)

const announcedBy = (db: Database) =>
  reuseState(db)
    .said.filter(({ type }) => type === "credential.reuse.detected")
    .map(({ stream, expectedRevision, eventId, data, metadata }) => ({
      stream,
      revision: (expectedRevision ?? 0) + 1,
      id: eventId,
      data,
      metadata,
    }))
    .sort((a, b) => byText(a.id, b.id))

const retry = Effect.gen(function* () {
  const database = yield* currentDatabase
  for (const { findingId } of quarantinesOf(database, name)) yield* releaseQuarantine(findingId)
  yield* relayOutbox
})

/** Nothing is in quarantine, and all is as if nothing had ever been wrong. */
const expectClean = Effect.gen(function* () {
  const database = yield* currentDatabase
  const replayed = yield* clean
  expect(quarantinesOf(database, name)).toEqual([])
  expect(sorted(database)).toEqual(sorted(replayed))
  expect(policies(database)).toEqual(policies(replayed))
  expect(yield* announced).toEqual(announcedBy(replayed))
})

describe("a reuse key in quarantine", () => {
  it.effect.prop(
    "is after a retry what a clean replay makes of it, and so is everything else all the time",
    { steps: histories, sizes: cuts, poison: some, mended: some },
    ({ steps, sizes, poison, mended }) =>
      Effect.gen(function* () {
        const database = yield* currentDatabase
        const events = distinct(eventsOf(steps))
        breakSome(events, poison)
        for (const batch of batchesOf(
          events,
          sizes.map((size) => size * 7),
        )) {
          yield* append(batch)
          yield* catchUp("quarantine")
        }
        const aside = new Set(quarantinesOf(database, name).map(({ findingId }) => findingId))
        expect(aside.size > 0).toBe(broken.size > 0)
        const sound = ({ keys }: Pick<ReuseState, "keys">) =>
          keys.filter(({ findingId }) => !aside.has(findingId as never)) // ids of findings
        const mendedIds = mended.map((index) => events[index]?.recorded.id ?? "")
        for (const id of mendedIds) broken.delete(id)
        yield* retry
        const left = new Set(broken)
        broken.clear()
        expect(sound(sorted(database))).toEqual(sound(sorted(yield* clean)))
        for (const id of left) broken.add(id)
        yield* append(distinct([...events, captured()]).slice(-1))
        yield* catchUp("stop")
        broken.clear()
        yield* retry
        yield* expectClean
      }).pipe(Effect.provide(layer)),
    { arbitrary: { runs: 60, size: 120, seed: 11 } },
  )

  it.effect.prop(
    "is treated alike by whoever folds the log again with the decisions that were made",
    { steps: histories, poison: some, mended: some },
    ({ steps, poison, mended }) =>
      Effect.gen(function* () {
        const database = yield* currentDatabase
        const events = distinct(eventsOf(steps))
        breakSome(events, poison)
        yield* append(events)
        yield* catchUp("quarantine")
        for (const index of mended) broken.delete(events[index]?.recorded.id ?? "")
        yield* retry
        // What decodes by now, but has not been retried, is still set aside.
        broken.clear()
        const log = yield* wholeLog
        const rebuilt = yield* Effect.gen(function* () {
          const again = yield* currentDatabase
          const projection = yield* silent
          const wanted = log.filter(({ type }) => projection.types.includes(type))
          yield* commitBatch(
            projection,
            readCheckpoint(again, name),
            wanted,
            "stop",
            decisionsOf(database, name),
          )
          return {
            state: sorted(again),
            quarantines: quarantinesOf(again, name),
            decisions: decisionsOf(again, name),
          }
        }).pipe(
          Effect.provide(Layer.fresh(ReadModel.layer({ file: ":memory:", mode: "read-write" }))),
        )
        expect(rebuilt.state.keys).toEqual(sorted(database).keys)
        expect(rebuilt.state.credentials).toEqual(sorted(database).credentials)
        expect(rebuilt.quarantines).toEqual(quarantinesOf(database, name))
        const eventIds = (decisions: typeof rebuilt.decisions) =>
          [...decisions.values()].map(({ eventId, retried }) => [eventId, retried])
        expect(eventIds(rebuilt.decisions)).toEqual(eventIds(decisionsOf(database, name)))
      }).pipe(Effect.provide(layer)),
    { arbitrary: { runs: 40, size: 120, seed: 12 } },
  )

  it.effect("stays as it is when a retry is broken off, and is released by the next", () =>
    Effect.gen(function* () {
      const database = yield* currentDatabase
      const events = ["north", "south", "east", "west"].map((decky) => captured({ decky }))
      breakSome(events, [1])
      yield* append(events)
      yield* catchUp("quarantine")
      expect(decisionsOf(database, name).size).toBe(1)
      broken.clear()
      const before = readModelContents(database)
      database.exec(`CREATE TEMP TRIGGER broken_off BEFORE DELETE ON quarantine
        BEGIN SELECT raise(ABORT, 'broken off'); END`)
      expect(Exit.isFailure(yield* Effect.exit(retry))).toBe(true)
      expect(readModelContents(database)).toEqual(before)
      database.exec("DROP TRIGGER broken_off")
      yield* retry
      yield* expectClean
    }).pipe(Effect.provide(layer)),
  )

  it.effect("is folded as far as it can be, and waits at the next event that cannot", () =>
    Effect.gen(function* () {
      const database = yield* currentDatabase
      const events = ["north", "south", "east", "west"].map((decky) => captured({ decky }))
      const [other] = [captured({ decky: "north", password: "another" })]
      breakSome(events, [0, 2])
      yield* append([...events, other])
      yield* catchUp("quarantine")
      const [quarantine] = quarantinesOf(database, name)
      if (quarantine === undefined) throw new Error("nothing is in quarantine")
      broken.delete(events[0]?.recorded.id ?? "")
      expect(yield* releaseQuarantine(quarantine.findingId)).toEqual({ folded: 2, released: 0 })
      const key = sorted(database).keys.find(({ findingId: id }) => id === quarantine.findingId)
      expect(key).toMatchObject({ version: 1, targetCount: 2, attemptCount: 2 })
      broken.clear()
      expect(yield* releaseQuarantine(quarantine.findingId)).toEqual({ folded: 2, released: 1 })
      yield* relayOutbox
      yield* expectClean
    }).pipe(Effect.provide(layer)),
  )

  it.effect("leaves what holds for all keys as it was, however far a retry comes", () =>
    Effect.gen(function* () {
      const database = yield* currentDatabase
      const events = [
        captured({ decky: "north" }),
        captured({ decky: "south" }),
        identified({ ip: "192.0.2.1", uuid: "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11" }),
        policyChanged({ minTargets: 3 }),
      ]
      breakSome(events, [0, 1])
      yield* append(events)
      yield* catchUp("quarantine")
      const common = () => [
        database.prepare("SELECT * FROM policies").all(),
        database
          .prepare(
            "SELECT ip, uuid, identified_position, identified_at, identified_ordinal FROM attackers",
          )
          .all(),
      ]
      const before = common()
      broken.delete(events[0]?.recorded.id ?? "")
      yield* retry
      expect(quarantinesOf(database, name)).toHaveLength(1)
      expect(common()).toEqual(before)
      broken.clear()
      yield* retry
      expect(common()).toEqual(before)
      yield* expectClean
    }).pipe(Effect.provide(layer)),
  )
})
