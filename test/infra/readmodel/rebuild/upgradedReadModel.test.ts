import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../../../src/infra/readmodel/ReadModel.ts"
import { directoryOf, fileOf } from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { rebuildLock } from "../../../../src/infra/readmodel/rebuild/rebuildLock.ts"
import { layerUpgraded } from "../../../../src/infra/readmodel/rebuild/upgradedReadModel.ts"
import { relayOutbox } from "../../../../src/infra/readmodel/relayOutbox.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { captured } from "../../../projections/captureEvents.ts"
import { cleanReplay, relayed } from "../cleanReplay.ts"
import { append, captures, wholeLog } from "../logEvents.ts"
import { type Contents, contentsOfFile, readModelContents } from "../readModelContents.ts"
import { announcing, currentDatabase } from "../sinks.ts"
import { storesTest } from "../storesTest.ts"

/** What an older version has left: everything folded, and not all of it announced yet. */
const olderReadModels = Effect.gen(function* () {
  yield* append(captures(60))
  yield* catchUp("stop")
  yield* append(["a", "b", "c"].map((decky) => captured({ decky, password: "pewter" })))
  const database = yield* currentDatabase
  const projection = yield* announcing
  const from = readCheckpoint(database, projection.name)
  const later = (yield* wholeLog).filter(({ position }) => position > from.position)
  const folded = later.filter(({ type }) => projection.types.includes(type))
  yield* commitBatch(projection, from, folded, "stop")
  // It did not keep what rows were before.
  database.exec("DROP TABLE folded; DROP TABLE blocks; DROP TRIGGER keep_past_findings")
  database.pragma("user_version = 1")
})

const rows = ({ checkpoints: _, outbox: __, ...rest }: Contents): Contents => rest

const upgraded = (data: string) =>
  Layer.fresh(layerUpgraded(data, "read-write", (work) => work(() => Effect.void)))

describe("read models of an older version", () => {
  storesTest("are rebuilt, and what they had yet to announce is announced once", (data) =>
    Effect.gen(function* () {
      yield* olderReadModels
      const { outbox } = contentsOfFile(fileOf(data, 1))
      expect(outbox?.length).toBeGreaterThan(0)
      const before = yield* wholeLog
      const expected = yield* cleanReplay
      yield* Effect.gen(function* () {
        const database = yield* currentDatabase
        expect(database.name).toBe(fileOf(data, 2))
        expect(rows(readModelContents(database))).toEqual(rows(expected))
        expect(readModelContents(database).outbox).toEqual(outbox)
        yield* relayOutbox
        expect(readModelContents(database).outbox).toEqual(relayed(expected).outbox)
      }).pipe(Effect.provide(upgraded(data)))
      expect(yield* wholeLog).toHaveLength(before.length + (outbox?.length ?? 0))
      const announced = (yield* wholeLog).filter(({ type }) => type !== "credential.captured")
      expect(announced).toHaveLength(expected.outbox?.length ?? 0)
    }),
  )

  storesTest("stay as they are while another process is rebuilding", (data) =>
    Effect.gen(function* () {
      yield* olderReadModels
      const before = contentsOfFile(fileOf(data, 1))
      const failure = yield* Effect.scoped(
        Effect.andThen(
          rebuildLock(data),
          Effect.flip(Effect.provide(Effect.asVoid(ReadModel), upgraded(data))),
        ),
      )
      expect(failure).toMatchObject({ _tag: "ReadModelUnavailable", kind: "busy" })
      expect(failure.message).toContain("another process is rebuilding")
      expect(contentsOfFile(fileOf(data, 1))).toEqual(before)
      expect(existsSync(directoryOf(data, 2))).toBe(false)
    }),
  )
})
