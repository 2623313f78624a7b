import { expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import type { NewEvent, RecordedEvent } from "../../../../src/domain/events.ts"
import { beginning } from "../../../../src/domain/position.ts"
import { EventLog, type ExpectedRevision } from "../../../../src/infra/eventlog/EventLog.ts"
import { deliveriesUntil, eventCount, eventsOf } from "../deliveries.ts"
import { idsOf, newEvents, newStream, newType } from "../newEvents.ts"
import { layerOn } from "./layerOn.ts"
import { mishaps } from "./mishaps.ts"
import type { TestServer } from "./server/TestServer.ts"
import { testServer } from "./testServer.ts"

const oneOf = (count: number) =>
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: count - 1 }))

/** What is appended next: to which of the streams, how many events, and what goes wrong before. */
const Step = Schema.Struct({
  stream: oneOf(3),
  events: oneOf(40),
  wanted: Schema.Boolean,
  mishaps: Schema.Array(oneOf(mishaps.length)).check(Schema.isMaxLength(2)),
})
type Step = typeof Step.Type

const schedules = Arbitrary.array(Arbitrary.schema(Step), { minLength: 3, maxLength: 14 })

/** Appends step by step, each as one who knows where the stream is; answers what was written. */
const appendAll = Effect.fnUntraced(function* (
  steps: ReadonlyArray<Step>,
  types: readonly [string, string],
  server: TestServer,
) {
  const log = yield* EventLog
  const streams = [newStream(), newStream(), newStream()]
  const written = new Map<string, Array<NewEvent>>(streams.map((stream) => [stream, []]))
  for (const step of steps) {
    const stream = streams[step.stream] ?? ""
    const before = written.get(stream) ?? []
    const expectedRevision: ExpectedRevision = before.length === 0 ? "no_stream" : before.length - 1
    const events = newEvents(step.events + 1, types[step.wanted ? 0 : 1])
    for (const index of step.mishaps) mishaps[index]?.befall(server)
    const { revision } = yield* log.append({ stream, expectedRevision, events })
    before.push(...events)
    expect(revision).toBe(before.length - 1)
  }
  return written
})

const isInOrder = (events: ReadonlyArray<RecordedEvent>): boolean =>
  events.every((event, n) => n === 0 || event.position > (events[n - 1]?.position ?? ""))

for (const [version, nodes] of [
  ["22.10", 1],
  ["23.10", 3],
  ["24.10", 3],
] as const) {
  it.live.prop(
    `whatever goes wrong with ${nodes} node${nodes > 1 ? "s" : ""} of ${version}, each event is written once and delivered once, in order`,
    { steps: schedules },
    ({ steps }) =>
      Effect.gen(function* () {
        const server = yield* testServer({ version, nodes })
        yield* Effect.gen(function* () {
          const log = yield* EventLog
          const types = [newType(), newType()] as const
          const wanted = steps.filter((step) => step.wanted)
          const count = wanted.reduce((sum, step) => sum + step.events + 1, 0)
          const subscriber = yield* deliveriesUntil(
            log.subscribe({ after: beginning, types: [types[0]], batchSize: 7 }),
            eventCount(count),
          ).pipe(Effect.forkScoped)
          const written = yield* appendAll(steps, types, server)
          const deliveries = count === 0 ? [] : yield* Fiber.join(subscriber)

          for (const [stream, events] of written) {
            const stored = server.log.stream(stream)?.records ?? []
            expect(stored.map(({ id }) => id)).toEqual(idsOf(events))
          }
          const delivered = eventsOf(deliveries)
          expect(isInOrder(delivered)).toBe(true)
          const inLog = server.log.records.filter(({ type }) => type === types[0])
          expect(idsOf(delivered)).toEqual(inLog.map(({ id }) => id))
          for (const { events, position } of deliveries) {
            for (const event of events) expect(event.position <= position).toBe(true)
          }
        }).pipe(Effect.scoped, Effect.provide(layerOn(server)))
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([]))),
    { arbitrary: { runs: 8, size: 14, seed: 41 }, timeout: 180_000 },
  )
}
