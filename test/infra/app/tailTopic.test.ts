import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import type { RecordedEvent } from "../../../src/domain/event/events.ts"
import { beginning, type Position } from "../../../src/domain/event/position.ts"
import { tailTopic } from "../../../src/infra/app/tailTopic.ts"
import { EventLog, EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { append, captures } from "../readmodel/logEvents.ts"

const unavailable = (kind: EventLogUnavailable["kind"]) =>
  new EventLogUnavailable({ operation: "follow", kind, reason: "as the test wants it" })

/** A log whose subscriptions fail once after their first delivery; `after` is where they began. */
const interruptedLog = (kind: EventLogUnavailable["kind"], after: Array<Position>) =>
  Layer.fresh(
    Layer.effect(
      EventLog,
      Effect.map(EventLog, (log) =>
        EventLog.of({
          ...log,
          subscribe: (options) => {
            after.push(options.after ?? beginning)
            const deliveries = log.subscribe({ ...options, batchSize: 2 })
            return after.length > 1
              ? deliveries
              : Stream.concat(Stream.take(deliveries, 1), Stream.fail(unavailable(kind)))
          },
        }),
      ),
    ).pipe(Layer.provideMerge(layerMemory)),
  )

const idsOf = (batches: Iterable<ReadonlyArray<RecordedEvent>>) =>
  [...batches].flat().map(({ id }) => id)

const history = captures(5)
const ids = history.map(({ recorded }) => recorded.id)

describe("the tail of a topic", () => {
  it("ends at the end of the log, and has the events of the topic alone", async () => {
    const tail = (topic: string) =>
      Effect.gen(function* () {
        yield* append(history)
        const { answer, warnings } = yield* tailTopic({ topic, from: "start", follow: false })
        return { ids: idsOf(yield* Stream.runCollect(answer)), warnings }
      }).pipe(Effect.provide(Layer.fresh(layerMemory)), Effect.runPromise)
    expect(await tail("credential.captured")).toEqual({ ids, warnings: [] })
    expect(await tail("attacker.*")).toEqual({ ids: [], warnings: [] })
    expect(await tail("no.such")).toEqual({
      ids: [],
      warnings: [expect.stringContaining('"no.such"')],
    })
  })

  it("goes on after the last event once a log that was away is back", async () => {
    const after: Array<Position> = []
    const seen = await Effect.gen(function* () {
      yield* append(history)
      const { answer } = yield* tailTopic({ topic: ">", from: "start", follow: true })
      // The wait between two tries is over whenever it has begun.
      yield* TestClock.adjust("1 second").pipe(
        Effect.andThen(Effect.yieldNow),
        Effect.forever,
        Effect.forkScoped,
      )
      const batches = answer.pipe(
        Stream.filter((batch) => batch.length > 0),
        Stream.take(3),
      )
      return idsOf(yield* Stream.runCollect(batches))
    }).pipe(
      Effect.scoped,
      Effect.provide([
        interruptedLog("unreachable", after),
        TestClock.layer(),
        Logger.layer([]), // that it waits is logged
      ]),
      Effect.runPromise,
    )
    expect(seen).toEqual(ids)
    expect(after).toEqual([beginning, "0000000000000002"])
  })

  it("fails with what no waiting mends", async () => {
    const failure = await Effect.gen(function* () {
      yield* append(history)
      const { answer } = yield* tailTopic({ topic: ">", from: "start", follow: true })
      return yield* Stream.runDrain(answer)
    }).pipe(Effect.provide(interruptedLog("corrupt", [])), Effect.flip, Effect.runPromise)
    expect(failure).toMatchObject({ _tag: "EventLogUnavailable", kind: "corrupt" })
  })
})
