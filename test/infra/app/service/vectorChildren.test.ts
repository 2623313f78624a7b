import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import type { NewEvent } from "../../../../src/domain/event/events.ts"
import { startService } from "../../../../src/infra/app/service/startService.ts"
import { vectorChildren } from "../../../../src/infra/app/service/vectorChildren.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { layerNull } from "../../../../src/infra/vectorstore/null/NullVectorStore.ts"
import { layerSqliteVec } from "../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import { eventually } from "../../../support/eventually.ts"
import { temporaryDirectory } from "../../eventlog/temporaryDirectory.ts"
import { fingerprinted } from "../../vectorstore/fingerprintEvents.ts"

const append = (stream: string, events: ReadonlyArray<NewEvent>) =>
  EventLog.use((log) => log.append({ stream, expectedRevision: "no_stream", events }))

it("the actor of the vectors takes in what comes, and is quarantined by what it cannot", () =>
  Effect.gen(function* () {
    const data = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      const store = yield* VectorStore
      yield* append("fingerprint-a", [fingerprinted("s1", [1, 2])])
      const supervisor = yield* startService(data, "test", yield* vectorChildren("stop"), "Debug")
      yield* supervisor.waitFor((children) => children[0]?.state === "live")
      expect((yield* store.health).vectors).toBe(1)
      yield* append("fingerprint-b", [fingerprinted("s2", [1, 2]), fingerprinted("s3", [3, 4])])
      yield* eventually(Effect.map(store.health, ({ vectors }) => vectors === 3))
      yield* append("fingerprint-c", [fingerprinted("s4", [1, 2, 3])])
      yield* supervisor.waitFor((children) => children[0]?.state === "quarantined")
      expect(supervisor.all()[0]).toMatchObject({
        name: "vectors",
        error: expect.stringContaining("3 dimensions"),
      })
      yield* supervisor.stop
    }).pipe(
      Effect.provide(
        Layer.merge(
          layerMemory,
          layerSqliteVec({ file: join(data, "vectors.sqlite"), mode: "read-write" }),
        ),
      ),
    )
  }).pipe(Effect.scoped, Effect.runPromise))

it("there is no actor of the vectors where none are kept", () =>
  Effect.gen(function* () {
    expect(yield* vectorChildren("stop")).toEqual([])
  }).pipe(Effect.provide(Layer.merge(layerMemory, layerNull)), Effect.runPromise))
