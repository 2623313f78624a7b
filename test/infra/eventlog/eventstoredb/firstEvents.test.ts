import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { firstEvents } from "../../../../src/infra/eventlog/eventstoredb/firstEvents.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { idsOf, newEvents } from "../newEvents.ts"

describe("the first events of a subscription", () => {
  it.each([
    [1, 1],
    [7, 3],
    [9, 3],
    [10, 4],
    [100, 4],
  ])("are at most %i, got by %i deliveries of three", (limit, deliveries) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const events = newEvents(10)
      yield* log.append({ stream: "capture-a", expectedRevision: "no_stream", events })
      let asked = 0
      const subscription = log
        .subscribe({ after: beginning, batchSize: 3 })
        .pipe(Stream.tap(() => Effect.sync(() => asked++)))
      const first = firstEvents(subscription, limit)
      expect(idsOf(yield* first)).toEqual(idsOf(events.slice(0, limit)))
      expect(asked).toBe(deliveries)
      // It is another subscription each time.
      expect(yield* first).toHaveLength(Math.min(limit, 10))
    }).pipe(Effect.provide(layerMemory), Effect.runPromise),
  )
})
