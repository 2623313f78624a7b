import { expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import type { NewEvent, RecordedEvent } from "../../../../src/domain/event/events.ts"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog, type StreamWrite } from "../../../../src/infra/eventlog/EventLog.ts"
import type { ServerSettings } from "../../../support/eventstoredb/ServerSettings.ts"
import type { TestServer } from "../../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../../support/eventually.ts"
import { deliveriesUntil, eventsOf } from "../deliveries.ts"
import { idsOf, newEvent, newEvents, newStream, newType } from "../newEvents.ts"
import { layerOn } from "./layerOn.ts"
import { type Mishap, mishaps } from "./mishaps.ts"
import { testServer } from "./testServer.ts"

const oneOf = (count: number) =>
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: count - 1 }))

/** What is appended next, all at once, and what goes wrong before. */
interface Step {
  readonly mishaps: ReadonlyArray<Mishap>
  readonly writes: ReadonlyArray<{
    readonly stream: number
    readonly events: number
    readonly wanted: boolean
  }>
}

export const streams = 3

/** Steps on a server of so many nodes. */
const schedules = (nodes: number) => {
  const all = mishaps(nodes)
  const Generated = Schema.Struct({
    writes: Schema.Array(
      Schema.Struct({ stream: oneOf(streams), events: oneOf(40), wanted: Schema.Boolean }),
    ).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
    mishaps: Schema.Array(oneOf(all.length)).check(Schema.isMaxLength(2)),
  })
  return Arbitrary.map(
    Arbitrary.array(Arbitrary.schema(Generated), { minLength: 3, maxLength: 10 }),
    (steps): ReadonlyArray<Step> =>
      steps.map((step) => ({
        ...step,
        mishaps: step.mishaps.flatMap((index) => all[index] ?? []),
      })),
  )
}

/** Appends as one who knows where each stream is. */
const makeWriter = (types: readonly [wanted: string, other: string]) => {
  const written = new Map<string, Array<NewEvent>>(
    Array.from({ length: streams }, () => [newStream(), []]),
  )
  const names = [...written.keys()]
  const appendAll = Effect.fnUntraced(function* (asked: Step["writes"]) {
    const log = yield* EventLog
    const writes = asked.map(({ stream: index, events: count, wanted }): StreamWrite => {
      const stream = names[index] ?? ""
      const before = written.get(stream) ?? []
      const expectedRevision = before.length === 0 ? "no_stream" : before.length - 1
      const events = newEvents(count + 1, types[wanted ? 0 : 1])
      before.push(...events)
      return { stream, expectedRevision, events }
    })
    const results = yield* log.appendMany(writes)
    for (const [index, { events, expectedRevision }] of writes.entries()) {
      const before = expectedRevision === "no_stream" ? -1 : expectedRevision
      expect(results[index]).toMatchObject({ revision: before + events.length })
    }
  })
  return { written, appendAll }
}

/**
 * Lets things go wrong while it appends and follows; everything must have come to something. At the
 * pace `one by one` all is delivered before the next step, so that no mishap helps over another.
 */
const live = Effect.fnUntraced(function* (
  server: TestServer,
  steps: ReadonlyArray<Step>,
  pace: "on and on" | "one by one",
) {
  const log = yield* EventLog
  const types = [newType(), newType()] as const
  const { written, appendAll } = makeWriter(types)
  const last = newEvent({ type: types[0] })
  let received = 0
  const subscriber = yield* deliveriesUntil(
    log.subscribe({ after: beginning, types: [types[0]], batchSize: 7 }),
    (deliveries) => {
      received += deliveries.at(-1)?.events.length ?? 0
      return deliveries.at(-1)?.events.at(-1)?.id === last.id
    },
  ).pipe(Effect.forkScoped)
  // A subscriber that has failed never comes back.
  const until = (isSo: () => boolean) =>
    Effect.raceFirst(eventually(Effect.sync(isSo)), Fiber.join(subscriber))
  const inLog = () => server.log.records.filter(({ type }) => type === types[0])
  const allDelivered = until(() => received === inLog().length)
  const inUse = Effect.gen(function* () {
    while (server.subscriptions === 0 || server.connections === 0) {
      // That a subscription has fallen silent shows only where there is something to say.
      yield* appendAll([{ stream: 0, events: 1, wanted: true }])
      yield* allDelivered
    }
  })

  const befallen: Array<{ readonly name: string; readonly hit: () => boolean }> = []
  const missing = () => befallen.filter(({ hit }) => !hit()).map(({ name }) => name)
  for (const { mishaps: some, writes } of steps) {
    for (const { name, befall } of some) {
      yield* inUse
      befallen.push({ name, hit: befall(server) })
    }
    yield* appendAll(writes)
    if (pace === "one by one") yield* allDelivered
  }
  // What has come to nothing so far is given connections and calls to come to.
  for (let n = 0; missing().length > 0 && n < 40; n++) {
    yield* inUse
    server.cut()
    yield* appendAll([{ stream: n % streams, events: 40, wanted: true }])
  }
  expect(missing()).toEqual([])
  yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events: [last] })
  const deliveries = yield* Fiber.join(subscriber)

  for (const [stream, events] of written) {
    const stored = server.log.stream(stream)?.records ?? []
    expect(stored.map(({ id }) => id)).toEqual(idsOf(events))
  }
  const delivered = eventsOf(deliveries)
  expect(isInOrder(delivered)).toBe(true)
  expect(idsOf(delivered)).toEqual(inLog().map(({ id }) => id))
  for (const { events, position } of deliveries) {
    for (const event of events) expect(event.position <= position).toBe(true)
  }
})

type Lived = Parameters<typeof live> extends [TestServer, ...infer Rest] ? Rest : never

const isInOrder = (events: ReadonlyArray<RecordedEvent>): boolean =>
  events.every((event, n) => n === 0 || event.position > (events[n - 1]?.position ?? ""))

export const liveOn = (settings: Partial<ServerSettings>, ...lived: Lived) =>
  Effect.gen(function* () {
    const server = yield* testServer(settings)
    yield* live(server, ...lived).pipe(Effect.scoped, Effect.provide(layerOn(server)))
  }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))

/** Tries so many schedules of appends and mishaps on each of several servers. */
export const faultSchedules = (runs: number): void => {
  for (const [version, nodes] of [
    ["22.10", 1],
    ["23.10", 3],
    ["24.10", 3],
  ] as const) {
    it.live.prop(
      `whatever goes wrong with ${nodes} node${nodes > 1 ? "s" : ""} of ${version}, each event is written once and delivered once, in order`,
      { steps: schedules(nodes) },
      ({ steps }) => liveOn({ version, nodes }, steps, "on and on"),
      { arbitrary: { runs, size: 20, seed: 41 }, timeout: 180_000 },
    )
  }
}
