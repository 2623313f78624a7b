import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { DecodedEvent } from "../../../src/domain/event/events.ts"
import { commitBatch, project } from "../../../src/infra/readmodel/project.ts"
import { readCheckpoint } from "../../../src/projections/checkpoint.ts"
import { captured, policyChanged } from "../../projections/captureEvents.ts"
import { cleanReplay, contentsAfter } from "./cleanReplay.ts"
import { append, captures, rewrite, wholeLog } from "./logEvents.ts"
import { readModelContents } from "./readModelContents.ts"
import { announcing, currentDatabase } from "./sinks.ts"
import { storesTest } from "./storesTest.ts"

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))

const once = {
  onPoison: "stop",
  until: "caught-up",
  batchSize: 7,
  onDelivery: () => Effect.void,
} as const

const idOf = (event: DecodedEvent | undefined): string => event?.recorded.id ?? "none"

describe("project", () => {
  storesTest("folds what is in the log, and then what has come since", () =>
    Effect.gen(function* () {
      const projection = yield* announcing
      yield* append(captures(60))
      yield* project(projection, once)
      expect(yield* contents).toEqual(yield* cleanReplay)
      yield* append([...captures(20), policyChanged({ minTargets: 3 }), ...captures(20)])
      yield* project(projection, once)
      expect(yield* contents).toEqual(yield* cleanReplay)
    }),
  )

  storesTest("tells how far it is after every batch, and when that is all there is", () =>
    Effect.gen(function* () {
      yield* append(captures(16))
      const told: Array<object> = []
      yield* project(yield* announcing, {
        ...once,
        onDelivery: (state) => Effect.sync(() => told.push(state)),
      })
      const log = yield* wholeLog
      expect(told).toEqual([
        { position: log[6]?.position, events: 7, caughtUp: false },
        { position: log[13]?.position, events: 7, caughtUp: false },
        { position: log[15]?.position, events: 2, caughtUp: true },
      ])
    }),
  )

  storesTest("stops just before a poison event and goes on once it decodes", (data) =>
    Effect.gen(function* () {
      const projection = yield* announcing
      const events = captures(60)
      yield* append(events)
      const log = yield* wholeLog
      yield* rewrite(data, idOf(events[40]), `{"observedAt":"never"}`)
      for (let attempt = 0; attempt < 2; attempt++) {
        const failure = yield* Effect.flip(project(projection, once))
        expect(failure).toMatchObject({ _tag: "PoisonEvent", eventId: idOf(events[40]) })
        expect(yield* contents).toEqual(contentsAfter(log.slice(0, 40)))
      }
      yield* rewrite(data, idOf(events[40]), JSON.stringify(events[40]?.data))
      yield* project(projection, once)
      expect(yield* contents).toEqual(contentsAfter(log))
    }),
  )

  storesTest("passes over a poison event where that is wanted", (data) =>
    Effect.gen(function* () {
      const events = captures(60)
      yield* append(events)
      const log = yield* wholeLog
      yield* rewrite(data, idOf(events[40]), "this is not JSON")
      yield* project(yield* announcing, { ...once, onPoison: "skip" })
      const { dead_letters, checkpoints, ...rows } = yield* contents
      expect(dead_letters).toEqual([expect.stringContaining(idOf(events[40]))])
      expect(contentsAfter(log.toSpliced(40, 1))).toMatchObject(rows)
      expect(contentsAfter(log)).toMatchObject({ checkpoints })
    }),
  )

  storesTest("never folds under a policy older than its checkpoint", () =>
    Effect.gen(function* () {
      const projection = yield* announcing
      const batch = { ...once, batchSize: 100 }
      yield* append([captured()])
      yield* project(projection, batch)
      const seenOnTwo = ["decky-1", "decky-2"].map((decky) => captured({ decky }))
      yield* append([policyChanged({ minTargets: 3 }), ...seenOnTwo])
      const policy = (yield* wholeLog).slice(1, 2)
      // Somebody else takes the new policy in, while this projection remembers the old one.
      const other = yield* announcing
      yield* commitBatch(other, readCheckpoint(yield* currentDatabase, other.name), policy, "stop")
      yield* project(projection, batch)
      expect(yield* contents).toEqual(yield* cleanReplay)
    }),
  )
})
