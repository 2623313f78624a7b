import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { describe, expect } from "vitest"
import type { DecodedEvent } from "../../../../src/domain/event/events.ts"
import type { Position } from "../../../../src/domain/event/position.ts"
import { readModelChildren } from "../../../../src/infra/app/service/children.ts"
import { startService } from "../../../../src/infra/app/service/startService.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { catchUp, projectionBatch } from "../../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import { releaseQuarantine } from "../../../../src/infra/readmodel/quarantine/releaseQuarantine.ts"
import { retryDeadLetters } from "../../../../src/infra/readmodel/quarantine/retryDeadLetters.ts"
import type { ReadModel } from "../../../../src/infra/readmodel/ReadModel.ts"
import {
  disagreements,
  type Verification,
} from "../../../../src/infra/readmodel/rebuild/GenerationDiff.ts"
import {
  directoryOf,
  fileOf,
  generationsIn,
  readGenerations,
} from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { rebuild } from "../../../../src/infra/readmodel/rebuild/rebuild.ts"
import { rebuildLock } from "../../../../src/infra/readmodel/rebuild/rebuildLock.ts"
import { rollBack } from "../../../../src/infra/readmodel/rebuild/rollBack.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { decisionsOf } from "../../../../src/projections/deadLetters.ts"
import { quarantinesOf } from "../../../../src/projections/quarantine.ts"
import { captured, identified, policyChanged } from "../../../projections/captureEvents.ts"
import { eventually } from "../../../support/eventually.ts"
import { cleanReplay, relayed } from "../cleanReplay.ts"
import { append, captures, rewrite, wholeLog } from "../logEvents.ts"
import { announcing, currentDatabase } from "../sinks.ts"
import { storesTest } from "../storesTest.ts"
import { currentContents, rebuilt, rebuiltDuring } from "./rebuilding.ts"

const uuid = "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11"

/** A history with everything in it that a projection folds. */
const history = () => [
  ...captures(60),
  identified({ ip: "192.0.2.3", uuid }),
  ...captures(20),
  policyChanged({ minTargets: 3 }),
  ...captures(20),
]

const generations = (data: string) => {
  const { current, previous } = readGenerations(data)
  return [current.no, previous?.no]
}

const rows = <A extends { readonly checkpoints?: unknown }>({ checkpoints: _, ...rest }: A) => rest

describe("rebuild", () => {
  storesTest(
    "makes a generation that says the same, keeps the old one, and announces nothing",
    (data) =>
      Effect.gen(function* () {
        yield* append(history())
        yield* catchUp("stop")
        const [log, before] = [yield* wholeLog, yield* currentContents]
        const seen: Array<Verification> = []
        const last = log.findLast(({ type }) => type === "credential.captured")
        expect(yield* rebuilt(data, seen)).toEqual({
          generation: 2,
          previous: 1,
          position: last?.position,
          events: 102,
          tables: seen[0]?.tables,
        })
        expect(generations(data)).toEqual([2, 1])
        expect(rows(yield* currentContents)).toEqual(rows(before))
        expect(seen.every(({ tables }) => tables.length >= 10)).toBe(true)
        expect(seen.flatMap(disagreements)).toEqual([])
        yield* catchUp("stop")
        expect(yield* wholeLog).toEqual(log)
        expect(existsSync(fileOf(data, 1))).toBe(true)
      }),
  )

  storesTest("goes on from there, twice in a row, and keeps one earlier generation", (data) =>
    Effect.gen(function* () {
      for (let round = 1; round <= 3; round++) {
        yield* append(captures(40))
        yield* catchUp("stop")
        yield* rebuilt(data)
        expect(generations(data)).toEqual([round + 1, round])
      }
      yield* append(captures(40))
      yield* catchUp("stop")
      expect(rows(yield* currentContents)).toEqual(rows(relayed(yield* cleanReplay)))
      expect(existsSync(fileOf(data, 1))).toBe(false)
      expect(existsSync(directoryOf(data, 2))).toBe(false)
      expect(readdirSync(generationsIn(data)).filter((name) => /^\d+$/u.test(name))).toEqual([
        "3",
        "4",
      ])
    }),
  )

  storesTest("carries over what waits to be announced, which is then announced once", (data) =>
    Effect.gen(function* () {
      yield* append(history())
      const database = yield* currentDatabase
      const projection = yield* announcing
      const from = readCheckpoint(database, projection.name)
      yield* commitBatch(projection, from, yield* wholeLog, "stop")
      const expected = yield* cleanReplay
      yield* rebuilt(data)
      expect((yield* currentContents).outbox).toEqual(expected.outbox)
      yield* catchUp("stop")
      const announced = (yield* wholeLog).slice(102).map(({ id }) => id)
      expect(announced).toHaveLength(expected.outbox?.length ?? 0)
      expect(new Set(announced).size).toBe(announced.length)
      yield* rollBack(data)
      yield* catchUp("stop")
      expect(yield* currentContents).toMatchObject({ outbox: [] })
      expect(yield* wholeLog).toHaveLength(102 + announced.length)
    }),
  )

  storesTest("refuses where the two differ, says where, and leaves nothing behind", (data) =>
    Effect.gen(function* () {
      yield* append(history())
      yield* catchUp("stop")
      const database = yield* currentDatabase
      database.exec(
        "UPDATE credentials SET attempt_count = attempt_count + 1 WHERE finding_no = 2 AND target_no = 2",
      )
      const seen: Array<Verification> = []
      const failure = yield* Effect.flip(rebuilt(data, seen))
      expect(failure).toMatchObject({ _tag: "GenerationsDiffer", tables: ["credentials"] })
      expect(generations(data)).toEqual([1, undefined])
      expect(existsSync(directoryOf(data, 2))).toBe(false)
      const differing = seen.at(-1)?.tables.find(({ table }) => table === "credentials")
      expect(differing?.differences[0]).toMatchObject({
        what: "changed",
        columns: { attempt_count: { live: expect.any(Number), rebuilt: expect.any(Number) } },
      })
    }),
  )

  storesTest("treats a poison event as the live generation has", (data) =>
    Effect.gen(function* () {
      const events = captures(60)
      yield* append(events)
      yield* rewrite(data, events[40]?.recorded.id ?? "", "{}")
      yield* Effect.flip(catchUp("stop"))
      yield* rebuilt(data)
      expect(yield* currentContents).toMatchObject({ dead_letters: [] })
      yield* catchUp("skip")
      yield* rebuilt(data)
      expect((yield* currentContents).dead_letters).toHaveLength(1)
    }),
  )

  storesTest("says so where an event that was folded no longer decodes", (data) =>
    Effect.gen(function* () {
      const events = captures(60)
      yield* append(events)
      yield* catchUp("stop")
      yield* rewrite(data, events[40]?.recorded.id ?? "", "{}")
      const seen: Array<Verification> = []
      const failure = yield* Effect.flip(rebuilt(data, seen))
      expect(failure).toMatchObject({ _tag: "GenerationsDiffer" })
      const letters = seen.at(-1)?.tables.find(({ table }) => table === "dead_letters")
      expect(letters).toMatchObject({ live: { rows: 0 }, rebuilt: { rows: 1 } })
      expect(generations(data)).toEqual([1, undefined])
    }),
  )

  storesTest("keeps a key in quarantine until it is retried, whatever decodes by then", (data) =>
    Effect.gen(function* () {
      const events = history()
      const poison = events[40]
      yield* append(events)
      const broken = { ...poison?.data, observedAt: "never" }
      yield* rewrite(data, poison?.recorded.id ?? "", JSON.stringify(broken))
      yield* catchUp("quarantine")
      yield* rewrite(data, poison?.recorded.id ?? "", JSON.stringify(poison?.data))
      yield* rebuilt(data)
      const { quarantine, dead_letters: letters = [] } = yield* currentContents
      expect(quarantine).toHaveLength(1)
      expect(letters.length).toBeGreaterThan(1)
      const [found] = quarantinesOf(yield* currentDatabase, "credential-reuse")
      if (found === undefined) throw new Error("there is one")
      const retried = yield* releaseQuarantine(found.findingId)
      expect(retried).toEqual({ folded: letters.length, released: 1 })
      const seen: Array<Verification> = []
      yield* rebuilt(data, seen)
      expect(seen.at(-1)?.tables.find(({ table }) => table === "finding_history")).toBeDefined()
      const { dead_letters: kept, quarantine: left } = yield* currentContents
      expect([kept?.length, left]).toEqual([1, []])
    }),
  )

  storesTest("sees what is retried while it is under way, and refuses", (data) =>
    Effect.gen(function* () {
      const events = [
        ...captures(40),
        captured({ decky: "decky-0", password: "broken" }),
        captured({ decky: "decky-1", password: "broken" }),
        ...captures(40),
      ]
      const [first, second] = events.slice(40, 42)
      yield* append(events)
      for (const event of [first, second]) yield* rewrite(data, event?.recorded.id ?? "", "{}")
      yield* catchUp("skip")
      const retry = Effect.fnUntraced(function* (event: DecodedEvent | undefined) {
        yield* rewrite(data, event?.recorded.id ?? "", JSON.stringify(event?.data))
        const projection = yield* announcing
        const letters = [...decisionsOf(yield* currentDatabase, projection.name).values()]
        expect(yield* retryDeadLetters(projection, letters)).toBe(1)
      })
      // From the first retry on, what follows from the order of folding is not compared.
      yield* retry(first)
      let retried = false
      const retryOnce = Effect.suspend(() => {
        if (retried) return Effect.void
        retried = true
        return retry(second)
      }).pipe(Effect.orDie, Effect.provide(yield* Effect.context<EventLog | ReadModel>()))
      expect(yield* Effect.flip(rebuiltDuring(data, retryOnce))).toMatchObject({
        _tag: "GenerationsDiffer",
      })
      expect(generations(data)).toEqual([1, undefined])
      yield* rebuilt(data)
      expect(generations(data)).toEqual([2, 1])
    }),
  )

  storesTest("is refused while another one is at work", (data) =>
    Effect.gen(function* () {
      yield* append(captures(10))
      yield* catchUp("stop")
      const failure = yield* Effect.scoped(
        Effect.andThen(rebuildLock(data), Effect.flip(rebuilt(data))),
      )
      expect(failure._tag).toBe("RebuildBusy")
      expect(
        yield* Effect.flip(Effect.scoped(Effect.andThen(rebuildLock(data), rollBack(data)))),
      ).toMatchObject({ _tag: "RebuildBusy" })
      yield* rebuilt(data)
      expect(generations(data)).toEqual([2, 1])
    }),
  )

  storesTest("leaves nothing behind when it is cancelled", (data) =>
    Effect.gen(function* () {
      yield* append(captures(10))
      yield* catchUp("stop")
      const fiber = yield* Effect.forkChild(
        rebuild({ data, onProgress: () => Effect.never, onCompared: () => Effect.void }),
      )
      yield* eventually(Effect.sync(() => existsSync(directoryOf(data, 2))))
      yield* Fiber.interrupt(fiber)
      expect(existsSync(directoryOf(data, 2))).toBe(false)
      expect(generations(data)).toEqual([1, undefined])
      yield* rebuilt(data)
    }),
  )

  storesTest("that never was cannot be undone, and to try makes nothing", (data) =>
    Effect.gen(function* () {
      const never = join(data, "never")
      for (const place of [data, never]) {
        expect(yield* Effect.flip(rollBack(place))).toMatchObject({ _tag: "NothingToRollBack" })
      }
      expect(existsSync(never)).toBe(false)
    }),
  )

  storesTest("clears away what others have left that were killed", (data) =>
    Effect.gen(function* () {
      yield* append(captures(10))
      yield* catchUp("stop")
      const [dead, living] = [`scratch-${2 ** 30}-x`, `scratch-${process.pid}-x`]
      for (const name of ["7", dead, living]) {
        mkdirSync(join(generationsIn(data), name), { recursive: true })
      }
      yield* rebuilt(data)
      const kept = readdirSync(generationsIn(data)).filter((name) => /^(\d|scratch)/.test(name))
      expect(kept.toSorted()).toEqual(["2", living])
    }),
  )

  storesTest("hears between two batches that it is not wanted any longer", (data) =>
    Effect.gen(function* () {
      yield* append(captures(projectionBatch + 500))
      yield* catchUp("stop")
      const fiber: Fiber.Fiber<unknown, unknown> = yield* Effect.forkChild(
        rebuild({
          data,
          // As a signal to the process comes: from outside, when nothing else is to be done.
          onProgress: () =>
            Effect.sync(() => void setImmediate(() => Effect.runFork(Fiber.interrupt(fiber)))),
          onCompared: () => Effect.die(new Error("it was not heard")),
        }),
      )
      expect(Exit.hasInterrupts(yield* Fiber.await(fiber))).toBe(true)
      expect(generations(data)).toEqual([1, undefined])
    }),
  )

  storesTest("goes on beside a service that folds and announces", (data) =>
    Effect.gen(function* () {
      yield* append(captures(500))
      const supervisor = yield* startService(
        data,
        "test",
        yield* readModelChildren("stop"),
        "Debug",
      )
      const writing = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 40 }), () =>
          Effect.andThen(append(captures(50)), Effect.yieldNow),
        ),
      )
      for (let round = 0; round < 4; round++) yield* rebuilt(data)
      yield* Fiber.join(writing)
      yield* rollBack(data)
      const log = yield* EventLog
      const isDone = Effect.gen(function* () {
        const position = yield* currentPosition
        return (yield* log.gap(position, ["credential.captured"])) === 0
      })
      yield* eventually(isDone)
      const expected = yield* cleanReplay
      yield* eventually(Effect.map(currentContents, ({ outbox = [] }) => outbox.length === 0))
      expect(rows(yield* currentContents)).toEqual(rows(relayed(expected)))
      expect((yield* wholeLog).length).toBe(2500 + (expected.outbox?.length ?? 0))
      expect(supervisor.all()).toMatchObject([
        { state: "live", error: null },
        { state: "live", error: null },
      ])
    }),
  )
})

const currentPosition = Effect.map(currentContents, ({ checkpoints = [] }) => {
  const columns = new Map<string, string>(JSON.parse(checkpoints[0] ?? "[]"))
  return (columns.get("position") ?? "") as Position // as the checkpoint holds it
})
