import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { EventLog, WrongExpectedRevision } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { eventLogConformance } from "../conformance.ts"
import { newEvent } from "../newEvents.ts"

eventLogConformance("memory", () => layerMemory)

it("a log in memory never has an id twice", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const log = yield* EventLog
      const [a, b] = [newEvent(), newEvent()]
      yield* log.append({ stream: "s", expectedRevision: "no_stream", events: [a] })
      for (const events of [
        [b, a],
        [b, b],
      ]) {
        const write = { stream: "t", expectedRevision: "no_stream", events } as const
        expect(yield* Effect.flip(log.append(write))).toBeInstanceOf(WrongExpectedRevision)
      }
      expect((yield* log.health).events).toBe(1)
    }).pipe(Effect.provide(layerMemory)),
  ))
