import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { DecodedEvent } from "../../../../src/domain/event/events.ts"
import type { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { releaseQuarantine } from "../../../../src/infra/readmodel/quarantine/releaseQuarantine.ts"
import { disagreements } from "../../../../src/infra/readmodel/rebuild/GenerationDiff.ts"
import {
  fileOf,
  readGenerations,
} from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { verify } from "../../../../src/infra/readmodel/rebuild/verify.ts"
import { relayOutbox } from "../../../../src/infra/readmodel/relayOutbox.ts"
import type { OnPoison } from "../../../../src/projections/foldBatch.ts"
import { quarantinesOf } from "../../../../src/projections/quarantine.ts"
import { blockSize } from "../../../../src/projections/reuse/foldIndex.ts"
import { batchesOf, cuts, eventsOf, histories } from "../../../projections/histories.ts"
import { distinct, some } from "../brokenEvents.ts"
import { lastingContents } from "../lastingContents.ts"
import { append, rewrite } from "../logEvents.ts"
import { contentsOfFile } from "../readModelContents.ts"
import { currentDatabase } from "../sinks.ts"
import { liveProjection } from "./liveProjection.ts"
import { rebuiltDuring } from "./rebuilding.ts"

/** What befalls read models: what is recorded, and what goes wrong or is done meanwhile. */
interface Course {
  readonly events: ReadonlyArray<DecodedEvent>
  /** The sizes of the batches in which events are recorded and folded, over and over. */
  readonly sizes: ReadonlyArray<number>
  readonly onPoison: OnPoison
  /** Events that do not decode, and those among them that do again in the end. */
  readonly poison: ReadonlyArray<number>
  readonly mended: ReadonlyArray<number>
  /** After which batches the live projection is restarted, relayed, and rebuilt. */
  readonly restarts: ReadonlyArray<number>
  readonly relays: ReadonlyArray<number>
  readonly rebuilds: ReadonlyArray<number>
}

const timeout = 300_000

const onPoison = Arbitrary.schema(Schema.Literals(["stop", "quarantine", "skip"]))

const brokenText = ({ data }: DecodedEvent): string =>
  JSON.stringify({ ...data, observedAt: "never", identifiedAt: "never", changedAt: "never" })

const generations = (data: string) => {
  const { current, previous } = readGenerations(data)
  return { current: current.no, previous: previous?.no ?? 0 }
}

/** Every generation that a rebuild makes is the one that it takes over from, row by row. */
const liveIsRebuilt = Effect.fnUntraced(function* (data: string, course: Course) {
  const { events, sizes } = course
  const live = yield* liveProjection(data, course.onPoison)
  const batches = batchesOf(events, sizes)
  const broken = new Map(
    course.poison.flatMap((index) => {
      const event = events[index]
      if (event === undefined) return []
      // Only what belongs to one reuse key can be put in quarantine.
      if (course.onPoison === "quarantine" && event.type !== "credential.captured") return []
      return [[event.recorded.id, event]]
    }),
  )
  const mend = Effect.fnUntraced(function* (event: DecodedEvent) {
    if (broken.delete(event.recorded.id)) {
      yield* rewrite(data, event.recorded.id, JSON.stringify(event.data))
    }
  })
  const isAfter = (chosen: ReadonlyArray<number>, batch: number): boolean =>
    chosen.some((number) => number % batches.length === batch)
  let retried = false
  let next = 0
  const goOn = Effect.gen(function* () {
    const number = next++
    const batch = batches[number]
    if (batch === undefined) return
    yield* append(batch)
    for (const event of batch) {
      if (broken.has(event.recorded.id)) yield* rewrite(data, event.recorded.id, brokenText(event))
    }
    yield* live.fold(sizes[0] ?? 1)
    if (isAfter(course.relays, number)) yield* live.use(relayOutbox)
    if (isAfter(course.restarts, number)) yield* live.restart
  }).pipe(Effect.orDie, Effect.provide(yield* Effect.context<EventLog | Scope.Scope>()))

  /** Answers what the new generation says. */
  const rebuildMeanwhile = Effect.fnUntraced(function* (meanwhile: Effect.Effect<void>) {
    const before = generations(data)
    yield* rebuiltDuring(data, meanwhile)
    const { current, previous } = generations(data)
    expect([current, previous]).toEqual([
      Math.max(before.current, before.previous) + 1,
      before.current,
    ])
    const [rebuilt, old] = [current, previous].map((no) => contentsOfFile(fileOf(data, no)))
    const lasting = retried ? lastingContents : <A>(contents: A) => contents
    expect(lasting(rebuilt ?? {})).toEqual(lasting(old ?? {}))
    return rebuilt ?? {}
  })
  const rebuild = rebuildMeanwhile(Effect.void)

  while (next < batches.length) {
    yield* goOn
    if (isAfter(course.rebuilds, next - 1)) yield* rebuildMeanwhile(goOn)
  }
  yield* live.fold(sizes[0] ?? 1)
  expect(yield* rebuild).toEqual(yield* rebuild)

  const retry = Effect.gen(function* () {
    const database = yield* currentDatabase
    for (const { findingId } of quarantinesOf(database, "credential-reuse")) {
      retried = true
      yield* releaseQuarantine(findingId)
    }
  })
  for (const index of course.mended) {
    const event = events[index]
    if (event !== undefined) yield* mend(event)
  }
  yield* rebuild
  yield* live.restart
  yield* live.fold(sizes[0] ?? 1)
  if (course.onPoison !== "skip") {
    yield* live.use(retry)
    yield* rebuild
    for (const event of [...broken.values()]) yield* mend(event)
    yield* live.restart
    yield* live.fold(sizes[0] ?? 1)
    yield* live.use(retry)
    yield* rebuild
  }
  yield* live.restart
  yield* live.use(relayOutbox)
  const { current: no } = generations(data)
  const verified = yield* verify({
    data,
    live: { no, file: fileOf(data, no) },
    onProgress: () => Effect.void,
  })
  expect(disagreements(verified)).toEqual([])
  expect(verified.announced.examples).toEqual([])
  expect(verified.announced).toMatchObject({ waiting: 0, wrong: 0 })
  return verified
})

const undisturbed = { onPoison: "stop", poison: [], mended: [], relays: [] } as const

/** A course in a data directory of its own. */
const through = (course: Course) =>
  Effect.gen(function* () {
    const data = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "credtrail-generations-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
    )
    return yield* Effect.scoped(liveIsRebuilt(data, course)).pipe(
      Effect.provide(
        Layer.fresh(
          Layer.merge(layerEmbedded({ file: join(data, "log.sqlite") }), Logger.layer([])),
        ),
      ),
    )
  }).pipe(Effect.scoped)

describe("a generation that is rebuilt", () => {
  it.live.prop(
    "is the live one, whatever has befallen that",
    {
      steps: histories,
      sizes: cuts,
      onPoison,
      poison: some,
      mended: some,
      restarts: some,
      relays: some,
      rebuilds: some,
    },
    ({ steps, ...course }) => through({ events: distinct(eventsOf(steps)), ...course }),
    { arbitrary: { runs: 30, size: 120, seed: 31 }, timeout },
  )

  it.live.prop(
    "is the live one where history is long enough for earlier rows to be kept",
    { steps: histories, sizes: cuts, restarts: some, rebuilds: some },
    ({ steps, sizes, restarts, rebuilds }) => {
      const count = steps.length === 0 ? 0 : Math.ceil((blockSize * 2.5) / steps.length)
      const long = Array.from({ length: count }, () => steps).flat()
      return through({
        ...undisturbed,
        events: distinct(eventsOf(long)),
        sizes: sizes.map((size) => size * 400),
        restarts,
        rebuilds: rebuilds.slice(0, 2),
      })
    },
    { arbitrary: { runs: 3, size: 120, seed: 32 }, timeout },
  )
})
