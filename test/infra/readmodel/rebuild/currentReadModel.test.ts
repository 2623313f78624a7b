import { mkdirSync, rmSync } from "node:fs"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import type { Position } from "../../../../src/domain/event/position.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { project } from "../../../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../../../src/infra/readmodel/ReadModel.ts"
import { layerCurrent } from "../../../../src/infra/readmodel/rebuild/currentReadModel.ts"
import {
  directoryOf,
  fileOf,
  openGenerationRegistry,
} from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { cleanReplay, contentsAfter, relayed } from "../cleanReplay.ts"
import { append, captures, wholeLog } from "../logEvents.ts"
import { readModelContents } from "../readModelContents.ts"
import { announcing, currentDatabase } from "../sinks.ts"
import { storesTest } from "../storesTest.ts"

/** Makes a generation the current one, whatever is in it. */
const switchTo = (data: string, no: number): Effect.Effect<void> =>
  Effect.sync(() => {
    if (no > 1) mkdirSync(directoryOf(data, no), { recursive: true })
    const registry = openGenerationRegistry(data)
    registry.promote({ no, since: 0, position: "" as Position }) // the beginning
    registry.close()
  })

const fileInUse = Effect.map(currentDatabase, (database) => database.name)
const contents = Effect.map(currentDatabase, (database) => readModelContents(database))

/** What a generation holds, current or not. */
const contentsOf = (data: string, no: number) => {
  const database = new Sqlite(fileOf(data, no), { readonly: true })
  const held = readModelContents(database)
  database.close()
  return held
}

describe("the read models that are open while another generation becomes current", () => {
  storesTest("leave the other one alone, and are written to where they are by then", (data) =>
    Effect.gen(function* () {
      const readModel = yield* ReadModel
      const write = (decky: string) =>
        readModel.commit("write", (database) =>
          database.prepare("INSERT INTO targets (decky, service) VALUES (?, 'ssh')").run(decky),
        )
      yield* write("a")
      yield* switchTo(data, 2)
      yield* write("b")
      expect(contentsOf(data, 1).targets).toEqual([expect.stringContaining("a")])
      expect(contentsOf(data, 2).targets).toEqual([expect.stringContaining("b")])
      expect((yield* contents).targets).toEqual(contentsOf(data, 2).targets)
    }),
  )

  storesTest("are left for the current ones by work that goes on", (data) =>
    Effect.gen(function* () {
      yield* append(captures(60))
      yield* catchUp("stop")
      yield* append(captures(30))
      yield* switchTo(data, 2)
      yield* catchUp("stop")
      expect(yield* contents).toEqual(relayed(yield* cleanReplay))
      const first = (yield* wholeLog).filter(({ position }) => position <= "0000000000000060")
      expect(contentsOf(data, 1)).toEqual(relayed(contentsAfter(first)))
      yield* switchTo(data, 3)
      expect(yield* fileInUse).toContain(directoryOf(data, 3))
    }),
  )

  storesTest("are projected into where they are by then, without a failure", (data) =>
    Effect.gen(function* () {
      yield* append(captures(30))
      const projected: Array<number> = []
      const fiber = yield* project(yield* announcing, {
        onPoison: "stop",
        until: "interrupted",
        batchSize: 10,
        onDelivery: ({ events }) => Effect.sync(() => projected.push(events)),
      }).pipe(Effect.forkChild)
      const atHead = (no: number) =>
        Effect.gen(function* () {
          const head = (yield* wholeLog).at(-1)?.position
          while (!JSON.stringify(contentsOf(data, no).checkpoints).includes(String(head))) {
            yield* Effect.sleep("5 millis")
          }
        })
      yield* atHead(1)
      yield* switchTo(data, 2)
      yield* currentDatabase
      yield* append(captures(10))
      yield* atHead(2)
      expect(relayed(contentsOf(data, 2))).toEqual(relayed(yield* cleanReplay))
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* Fiber.interrupt(fiber)
    }),
  )

  storesTest("are made again in their place where they were deleted", (data) =>
    Effect.gen(function* () {
      yield* append(captures(60))
      yield* switchTo(data, 2)
      rmSync(directoryOf(data, 2), { recursive: true })
      yield* catchUp("stop")
      const { position } = readCheckpoint(yield* currentDatabase, "credential-reuse")
      expect(position).toBe((yield* wholeLog)[59]?.position)
    }),
  )

  storesTest("go on writing back little at a time in a service", (data) => {
    const pages = Effect.map(currentDatabase, (database) =>
      database.pragma("wal_autocheckpoint", { simple: true }),
    )
    const opened = (mode: "read-write" | "live") => Layer.fresh(layerCurrent({ data, mode }))
    return Effect.gen(function* () {
      const before = yield* pages
      expect(before).toBeLessThan(Number(yield* Effect.provide(pages, opened("read-write"))))
      yield* switchTo(data, 2)
      expect(yield* fileInUse).toContain(directoryOf(data, 2))
      expect(yield* pages).toBe(before)
    }).pipe(Effect.provide(opened("live")), Effect.scoped)
  })
})
