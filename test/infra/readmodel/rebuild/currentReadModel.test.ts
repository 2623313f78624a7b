import { mkdirSync, rmSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import type { Position } from "../../../../src/domain/event/position.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { onCurrentGeneration } from "../../../../src/infra/readmodel/onCurrentGeneration.ts"
import { ReadModel } from "../../../../src/infra/readmodel/ReadModel.ts"
import { layerCurrent } from "../../../../src/infra/readmodel/rebuild/currentReadModel.ts"
import { directoryOf } from "../../../../src/infra/readmodel/rebuild/places.ts"
import { openRegistry } from "../../../../src/infra/readmodel/rebuild/Registry.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { cleanReplay, contentsAfter, relayed } from "../cleanReplay.ts"
import { append, captures, wholeLog } from "../logEvents.ts"
import { readModelContents } from "../readModelContents.ts"
import { storesTest } from "../storesTest.ts"

/** Makes a generation the current one, whatever is in it. */
const switchTo = (data: string, no: number): Effect.Effect<void> =>
  Effect.sync(() => {
    if (no > 1) mkdirSync(directoryOf(data, no), { recursive: true })
    const registry = openRegistry(data)
    registry.switchTo({ no, since: 0, position: "" as Position }) // the beginning
    registry.close()
  })

const fileInUse = ReadModel.useSync(({ database }) => database.name)
const contents = ReadModel.useSync(({ database }) => readModelContents(database))

describe("the read models that are open while another generation becomes current", () => {
  storesTest("take nothing more in, and say which generation is current", (data) =>
    Effect.gen(function* () {
      const readModel = yield* ReadModel
      const write = readModel.commit("write", (database) =>
        database.exec("INSERT INTO targets (decky, service) VALUES ('a', 'ssh')"),
      )
      yield* write
      yield* readModel.stillCurrent
      yield* switchTo(data, 2)
      const moved = { _tag: "GenerationMoved", generation: 1, current: 2 }
      expect(yield* Effect.flip(write)).toMatchObject(moved)
      expect(yield* Effect.flip(readModel.stillCurrent)).toMatchObject(moved)
      expect((yield* contents).targets).toHaveLength(1)
    }),
  )

  storesTest("can still be asked", (data) =>
    Effect.gen(function* () {
      yield* append(captures(50))
      yield* catchUp("stop")
      const before = yield* contents
      yield* switchTo(data, 2)
      const readModel = yield* ReadModel
      expect(yield* readModel.attempt("be asked", readModelContents)).toEqual(before)
    }),
  )

  storesTest("are left for the current ones by work that goes on", (data) =>
    Effect.gen(function* () {
      yield* append(captures(60))
      yield* catchUp("stop")
      yield* append(captures(30))
      yield* switchTo(data, 2)
      yield* catchUp("stop")
      const second = yield* onCurrentGeneration(
        Effect.andThen(
          ReadModel.use(({ stillCurrent }) => stillCurrent),
          contents,
        ),
      )
      expect(second).toEqual(relayed(yield* cleanReplay))
      const first = (yield* wholeLog).filter(({ position }) => position <= "0000000000000060")
      expect(yield* contents).toEqual(relayed(contentsAfter(first)))
      yield* switchTo(data, 3)
      const used = yield* onCurrentGeneration(
        Effect.andThen(
          ReadModel.use(({ stillCurrent }) => stillCurrent),
          fileInUse,
        ),
      )
      expect(used).toContain(directoryOf(data, 3))
    }),
  )

  storesTest("are made anew in their place where they were deleted", (data) =>
    Effect.gen(function* () {
      yield* append(captures(60))
      yield* switchTo(data, 2)
      rmSync(directoryOf(data, 2), { recursive: true })
      yield* catchUp("stop")
      const { position } = yield* onCurrentGeneration(
        Effect.andThen(
          ReadModel.use(({ stillCurrent }) => stillCurrent),
          ReadModel.useSync(({ database }) => readCheckpoint(database, "credential-reuse")),
        ),
      )
      expect(position).toBe((yield* wholeLog)[59]?.position)
    }),
  )

  storesTest("go on writing back little at a time in a service", (data) => {
    const pages = ReadModel.useSync(({ database }) =>
      database.pragma("wal_autocheckpoint", { simple: true }),
    )
    const opened = (mode: "read-write" | "live") => Layer.fresh(layerCurrent({ data, mode }))
    return Effect.gen(function* () {
      const before = yield* pages
      expect(before).toBeLessThan(Number(yield* Effect.provide(pages, opened("read-write"))))
      yield* switchTo(data, 2)
      const { current } = yield* ReadModel
      const reopened = yield* current
      expect(reopened.database.pragma("wal_autocheckpoint", { simple: true })).toBe(before)
    }).pipe(Effect.provide(opened("live")), Effect.scoped)
  })
})
