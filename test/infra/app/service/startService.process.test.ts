import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { ChildStatus } from "../../../../src/actors/statusRegistry.ts"
import { readModelChildren } from "../../../../src/infra/app/service/children.ts"
import { startService } from "../../../../src/infra/app/service/startService.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { runningProcesses } from "../../../../src/infra/processes/ProcessRegistry.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import type { OnPoison } from "../../../../src/projections/foldBatch.ts"
import { eventually } from "../../../support/eventually.ts"
import { runScript } from "../../../support/runScript.ts"
import { cleanReplay, contentsAfter, relayed } from "../../readmodel/cleanReplay.ts"
import { append, captures, rewrite, wholeLog } from "../../readmodel/logEvents.ts"
import { readModelContents } from "../../readmodel/readModelContents.ts"
import { currentDatabase } from "../../readmodel/sinks.ts"
import { storesTest } from "../../readmodel/storesTest.ts"

const appender = join(import.meta.dirname, "processes/appendCaptures.ts")
const looker = join(import.meta.dirname, "../../processes/scripts/listProcesses.ts")

const start = (data: string, onPoison: OnPoison = "stop") =>
  Effect.flatMap(readModelChildren(onPoison), (children) =>
    startService(data, "test", children, "Debug"),
  )

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))
const waiting = Effect.map(currentDatabase, (database) =>
  Number(database.prepare("SELECT count(*) FROM outbox").pluck(true).get()),
)

/** Whether everything captured so far has been folded, and all that it comes to announced. */
const isDone = Effect.gen(function* () {
  const log = yield* EventLog
  const database = yield* currentDatabase
  const { position } = readCheckpoint(database, "credential-reuse")
  return (yield* log.gap(position, ["credential.captured"])) === 0 && (yield* waiting) === 0
})

const isIn =
  (state: string) =>
  (children: ReadonlyArray<ChildStatus>): boolean =>
    children.some((child) => child.name === "credential-reuse" && child.state === state)

const announced = Effect.map(wholeLog, (events) =>
  events.filter(({ type }) => type !== "credential.captured"),
)

describe("startService with the children of the read models", () => {
  storesTest("makes findings of what another process appends, and announces them", (data) =>
    Effect.gen(function* () {
      const supervisor = yield* start(data)
      yield* supervisor.waitFor(isIn("live"))
      yield* runScript(appender, data, "100", "0")
      yield* eventually(isDone)
      yield* runScript(appender, data, "100", "100")
      yield* eventually(isDone)
      const expected = yield* cleanReplay
      expect(expected.outbox?.length).toBeGreaterThan(20)
      expect(yield* contents).toEqual(relayed(expected))
      expect(yield* announced).toHaveLength(expected.outbox?.length ?? 0)
    }),
  )

  storesTest("shows other processes what state its actors are in, for as long as it runs", (data) =>
    Effect.gen(function* () {
      const seen = Effect.map(runScript(looker, data), (text) => JSON.parse(text))
      expect(yield* seen).toEqual([])
      yield* Effect.scoped(
        Effect.gen(function* () {
          const supervisor = yield* start(data)
          yield* supervisor.waitFor(isIn("live"))
          expect(yield* seen).toEqual([
            {
              pid: process.pid,
              command: "test",
              startedAt: expect.any(Number),
              actors: [
                { name: "credential-reuse", state: "live", since: expect.any(Number) },
                { name: "relay", state: "live", since: expect.any(Number) },
              ],
            },
          ])
          supervisor.send("credential-reuse", "pause")
          yield* supervisor.waitFor(isIn("paused"))
          expect((yield* seen)[0].actors[0].state).toBe("paused")
        }),
      )
      expect(yield* seen).toEqual([])
    }),
  )

  storesTest("stops before a poison event, says so, and goes on when it is told to", (data) =>
    Effect.gen(function* () {
      const events = captures(60)
      yield* append(events)
      const log = yield* wholeLog
      const poison = events[40]
      yield* rewrite(data, poison?.recorded.id ?? "", "{}")
      const supervisor = yield* start(data)
      yield* supervisor.waitFor(isIn("quarantined"))
      const [self] = runningProcesses(data, Date.now())
      expect(self?.actors[0]).toMatchObject({
        name: "credential-reuse",
        state: "quarantined",
        error: expect.stringContaining(`event ${poison?.recorded.id}`),
      })
      yield* eventually(Effect.map(waiting, (count) => count === 0))
      const before = contentsAfter(log.slice(0, 40))
      expect(yield* contents).toEqual(relayed(before))
      expect(yield* announced).toHaveLength(before.outbox?.length ?? 0)

      yield* rewrite(data, poison?.recorded.id ?? "", JSON.stringify(poison?.data))
      supervisor.send("credential-reuse", "retry")
      yield* supervisor.waitFor(isIn("live"))
      yield* eventually(isDone)
      expect(yield* contents).toEqual(relayed(yield* cleanReplay))
      expect(runningProcesses(data, Date.now())[0]?.actors[0]).not.toHaveProperty("error")
    }),
  )

  storesTest("sets a poison event aside where it was told to, and is live", (data) =>
    Effect.gen(function* () {
      const events = captures(60)
      yield* append(events)
      yield* rewrite(data, events[40]?.recorded.id ?? "", "{}")
      const supervisor = yield* start(data, "skip")
      yield* supervisor.waitFor(isIn("live"))
      yield* eventually(isDone)
      const { dead_letters } = yield* contents
      expect(dead_letters).toEqual([expect.stringContaining(events[40]?.recorded.id ?? "none")])
    }),
  )

  storesTest("leaves nothing half done when it is stopped in the middle", (data) =>
    Effect.gen(function* () {
      yield* append(captures(25_000))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const supervisor = yield* start(data)
          yield* supervisor.waitFor((children) => children.some(({ events }) => events > 0))
        }),
      )
      const database = yield* currentDatabase
      expect(database.inTransaction).toBe(false)
      const { position } = readCheckpoint(database, "credential-reuse")
      const folded = (yield* wholeLog).filter((event) => event.position <= position)
      const { outbox = [], ...rows } = contentsAfter(folded)
      const { outbox: left = [], ...there } = yield* contents
      expect(there).toEqual(rows)
      // What is in the log may be in the outbox as well, until a relay has looked.
      expect(outbox).toEqual(expect.arrayContaining([...left]))
      expect((yield* announced).length + left.length).toBeGreaterThanOrEqual(outbox.length)
      yield* catchUp("stop")
      const expected = yield* cleanReplay
      expect(yield* contents).toEqual(relayed(expected))
      expect(yield* announced).toHaveLength(expected.outbox?.length ?? 0)
    }),
  )
})
