import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import type { NewEvent } from "../../../src/domain/event/events.ts"
import { retryDeadLetters, showDeadLetters } from "../../../src/infra/app/deadLetters.ts"
import { showDeadLetter } from "../../../src/infra/app/showDeadLetter.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { LogAvailability } from "../../../src/infra/eventlog/LogAvailability.ts"
import { catchUp } from "../../../src/infra/readmodel/catchUp.ts"
import { catchUpVectors } from "../../../src/infra/readmodel/vectors/projectVectors.ts"
import { layerFake } from "../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { layerSqliteVec } from "../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore, VectorStoreUnavailable } from "../../../src/infra/vectorstore/VectorStore.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"
import { append, captures, rewrite } from "../readmodel/logEvents.ts"
import { stores } from "../readmodel/storeLayers.ts"
import { fingerprinted } from "../vectorstore/fingerprintEvents.ts"

const appendFingerprints = (events: ReadonlyArray<NewEvent>) =>
  EventLog.use((log) =>
    log.append({ stream: "fingerprint-a", expectedRevision: "no_stream", events }),
  )

/** Two captures and two fingerprints that were skipped, among others that were folded. */
const withDeadLetters = Effect.gen(function* () {
  const data = yield* temporaryDirectory
  const vectors = layerSqliteVec({ file: join(data, "vectors.sqlite"), mode: "read-write" })
  const opened = Layer.merge(stores(data), Layer.succeed(LogAvailability, { away: undefined }))
  const events = captures(20)
  const skipped = events.slice(5, 7)
  const refused = ["s1", "s3"].map((session) => fingerprinted(session, [1, 2, 3]))
  yield* Effect.gen(function* () {
    yield* append(events)
    yield* appendFingerprints([
      fingerprinted("s0", [1, 2]),
      ...refused.slice(0, 1),
      fingerprinted("s2", [2, 2]),
      ...refused.slice(1),
    ])
    for (const { recorded } of skipped) yield* rewrite(data, recorded.id, "{}")
    yield* catchUp("skip")
    yield* Effect.provide(catchUpVectors("skip"), vectors)
  }).pipe(Effect.provide(opened))
  const ids = [...skipped.map(({ recorded }) => recorded.id), ...refused.map(({ id }) => id)]
  return { data, vectors, opened, skipped, ids }
})

const listed = Effect.fnUntraced(function* (
  { vectors, opened }: Effect.Success<typeof withDeadLetters>,
  limit: number,
  offset: number,
) {
  const { answer } = yield* Effect.provide(showDeadLetters({ limit, offset }, vectors), opened)
  return { total: answer.total, ids: answer.deadLetters.map(({ eventId }) => eventId) }
})

describe("dead letters of findings and of vectors", () => {
  it("are one list, that pages go through", () =>
    Effect.gen(function* () {
      const there = yield* withDeadLetters
      const { ids } = there
      expect(yield* listed(there, 10, 0)).toEqual({ total: 4, ids })
      for (const [limit, offset] of [
        [1, 0],
        [1, 1],
        [1, 2],
        [2, 1],
        [3, 3],
        [2, 4],
      ] as const) {
        const page = ids.slice(offset, offset + limit)
        expect(yield* listed(there, limit, offset)).toEqual({ total: 4, ids: page })
      }
    }).pipe(Effect.scoped, Effect.runPromise))

  it("are each shown with what keeps them from being folded now", () =>
    Effect.gen(function* () {
      const { vectors, opened, ids } = yield* withDeadLetters
      const shown = yield* Effect.forEach(ids, (id) =>
        Effect.provide(showDeadLetter(id, vectors), opened),
      )
      expect(shown.map(({ answer }) => answer)).toMatchObject([
        { eventId: ids[0], projection: "credential-reuse", problem: expect.any(String) },
        { eventId: ids[1], projection: "credential-reuse", problem: expect.any(String) },
        {
          eventId: ids[2],
          projection: "vectors",
          problem: expect.stringContaining("3 dimensions"),
        },
        {
          eventId: ids[3],
          projection: "vectors",
          problem: expect.stringContaining("3 dimensions"),
        },
      ])
    }).pipe(Effect.scoped, Effect.runPromise))

  it("are retried together, and counted together", () =>
    Effect.gen(function* () {
      const { data, vectors, opened, skipped } = yield* withDeadLetters
      const [mended] = skipped
      const { answer } = yield* Effect.gen(function* () {
        yield* rewrite(data, mended?.recorded.id ?? "", JSON.stringify(mended?.data))
        return yield* retryDeadLetters(vectors)
      }).pipe(Effect.provide(opened))
      expect(answer).toEqual({ folded: 1, left: 3, released: 0 })
    }).pipe(Effect.scoped, Effect.runPromise))

  it("are those of the findings where vectors do not last or cannot be had, with a word on why", () =>
    Effect.gen(function* () {
      const { opened, ids } = yield* withDeadLetters
      const page = { limit: 10, offset: 0 }
      const inMemory = yield* Effect.provide(showDeadLetters(page, layerFake()), opened)
      expect(inMemory).toMatchObject({ answer: { total: 2 }, warnings: [] })
      const reason = "the file is damaged"
      const away = Layer.effect(
        VectorStore,
        Effect.fail(new VectorStoreUnavailable({ operation: "open", kind: "corrupt", reason })),
      )
      const without = yield* Effect.provide(showDeadLetters(page, away), opened)
      expect(without.answer.deadLetters.map(({ eventId }) => eventId)).toEqual(ids.slice(0, 2))
      expect(without.warnings).toEqual([expect.stringContaining(reason)])
    }).pipe(Effect.scoped, Effect.runPromise))
})
