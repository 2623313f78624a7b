import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { describe, expect } from "vitest"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { relayOutbox } from "../../../src/infra/readmodel/relayOutbox.ts"
import { readCheckpoint } from "../../../src/projections/checkpoint.ts"
import { runScript } from "../../support/runScript.ts"
import { startScript } from "../../support/startScript.ts"
import { enqueue, expectRelayed, observed, versions } from "./announcements.ts"
import { cleanReplay, relayed } from "./cleanReplay.ts"
import { append, captures, wholeLog } from "./logEvents.ts"
import { readModelContents } from "./readModelContents.ts"
import { currentDatabase } from "./sinks.ts"
import { stores } from "./storeLayers.ts"
import { storesTest } from "./storesTest.ts"

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))

const everyMoment = Schedule.spaced("5 millis")

describe("processes on the same read models", () => {
  storesTest("comes to the same where three catch up at once, on files that are new", (data) =>
    Effect.gen(function* () {
      yield* append(captures(2000))
      const expected = yield* cleanReplay
      const database = yield* currentDatabase
      database.close()
      for (const end of ["", "-wal", "-shm"])
        rmSync(join(data, `readmodel.sqlite${end}`), { force: true })
      const process = runScript(join(import.meta.dirname, "processes/catchUp.ts"), data)
      yield* Effect.all([process, process, process], { concurrency: "unbounded" })
      expect(yield* Effect.provide(contents, stores(data))).toEqual(relayed(expected))
      const log = yield* EventLog
      expect((yield* log.health).events).toBe(2000 + (expected.outbox ?? []).length)
    }),
  )

  storesTest("appends once what two processes relay while a third goes on enqueuing", (data) =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 30 }, (_, n) => versions(`f${n}`, 1, 100)).flat()
      yield* enqueue(rows)
      const relay = runScript(join(import.meta.dirname, "processes/relay.ts"), data)
      const more = [...versions("f0", 101, 200), observed("192.0.2.8")]
      yield* Effect.all(
        [
          relay,
          relay,
          Effect.forEach(more, (row) => Effect.andThen(enqueue([row]), Effect.yieldNow)),
        ],
        { concurrency: "unbounded" },
      )
      yield* relayOutbox
      yield* expectRelayed([...rows, ...more])
    }),
  )

  storesTest("loses and doubles nothing where two processes project the same log", (data) =>
    Effect.gen(function* () {
      const script = join(import.meta.dirname, "processes/projectLog.ts")
      const first = yield* startScript(script, data, "11")
      const second = yield* startScript(script, data, "13")
      yield* first.until((printed) => printed.includes("live"))
      yield* second.until((printed) => printed.includes("live"))
      const database = yield* currentDatabase
      // Both are woken by every append and fold the same events at the same time, until one was faster.
      while (![...first.printed, ...second.printed].includes("moved")) {
        for (let n = 0; n < 30; n++) {
          yield* append(captures(17))
          yield* Effect.yieldNow
        }
        const last = (yield* wholeLog).at(-1)?.position
        yield* Effect.suspend(() =>
          readCheckpoint(database, "credential-reuse").position === last
            ? Effect.void
            : Effect.fail("behind"),
        ).pipe(Effect.retry({ schedule: everyMoment }))
      }
      expect(yield* contents).toEqual(yield* cleanReplay)
    }),
  )
})
