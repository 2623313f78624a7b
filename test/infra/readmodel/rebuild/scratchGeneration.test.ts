import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { Position } from "../../../../src/domain/event/position.ts"
import { project, readModelSink } from "../../../../src/infra/readmodel/project.ts"
import { generationsIn } from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { scratchGeneration } from "../../../../src/infra/readmodel/rebuild/scratchGeneration.ts"
import { reuseProjection } from "../../../../src/projections/reuse/reuseProjection.ts"
import { identified, policyChanged } from "../../../projections/captureEvents.ts"
import { contentsAfter, relayed } from "../cleanReplay.ts"
import { append, captures, wholeLog } from "../logEvents.ts"
import { readModelContents } from "../readModelContents.ts"
import { storesTest } from "../storesTest.ts"

const uuid = "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11"

/** Folds a log into a scratch generation, silently, stop by stop; the contents at each. */
const contentsAt = (data: string, stops: ReadonlyArray<Position | undefined>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const scratch = yield* scratchGeneration(data)
      const sink = readModelSink(scratch, reuseProjection("silent"))
      const contents: Array<ReturnType<typeof readModelContents>> = []
      for (const to of stops) {
        const until = to === undefined ? "caught-up" : { position: to }
        yield* project(sink, { until, onPoison: "stop", batchSize: 7 })
        contents.push(readModelContents(scratch.database))
      }
      expect(scratch.database.name).toContain(generationsIn(data))
      return contents
    }),
  )

describe("a scratch generation", () => {
  storesTest("comes to what the log says up to exactly there, and says nothing", (data) =>
    Effect.gen(function* () {
      yield* append([
        ...captures(40),
        identified({ ip: "192.0.2.3", uuid }),
        ...captures(20),
        policyChanged({ minTargets: 3 }),
        ...captures(20),
      ])
      const log = yield* wholeLog
      const stops = [0, 17, 40, 41, 61, 70].map((n) => log[n]?.position)
      const contents = yield* contentsAt(data, [...stops, undefined])
      for (const [n, to] of [...stops, log.at(-1)?.position].entries()) {
        const folded = log.filter(({ position }) => position <= (to ?? ""))
        expect(contents[n]).toEqual(relayed(contentsAfter(folded)))
      }
    }),
  )

  storesTest("leaves nothing behind, and clears away what the dead have left", (data) =>
    Effect.gen(function* () {
      const [dead, living] = [`scratch-${2 ** 30}-x`, `scratch-${process.pid}-x`]
      for (const name of [dead, living]) {
        mkdirSync(join(generationsIn(data), name), { recursive: true })
      }
      yield* append(captures(10))
      yield* contentsAt(data, [undefined])
      expect(existsSync(join(data, "readmodel.sqlite"))).toBe(true)
      expect(readdirSync(generationsIn(data))).toEqual([living])
    }),
  )
})
