import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import {
  generationsIn,
  readGenerations,
} from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { cleanReplay, relayed } from "../cleanReplay.ts"
import { append, captures, wholeLog } from "../logEvents.ts"
import { announcing, currentDatabase } from "../sinks.ts"
import { storesTest } from "../storesTest.ts"
import { currentContents } from "./rebuilding.ts"

const patience = 600_000
const script = join(import.meta.dirname, "processes/switch.ts")
const killer = join(import.meta.dirname, "../../../crash/atStep.ts")

/** Runs a switch in a process that is killed before a step; answers whether it got through. */
const switched = (which: string, data: string, step: number): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const child = spawn(
      process.execPath,
      ["--import", pathToFileURL(killer).href, script, which, data],
      {
        stdio: "ignore",
        env: { ...process.env, CREDTRAIL_AT_STEP: `SIGKILL ${step}` },
      },
    )
    const [code, signal] = await once(child, "close")
    if (code !== 0 && signal !== "SIGKILL") throw new Error(`${which} ended with ${code}`)
    return code === 0
  })

const generations = (data: string) => {
  const { current, previous } = readGenerations(data)
  return { current: current.no, previous: previous?.no }
}

/** A log of which everything is folded and nothing announced yet. */
const foldedNotAnnounced = Effect.gen(function* () {
  yield* append(captures(150))
  const database = yield* currentDatabase
  const projection = yield* announcing
  const from = readCheckpoint(database, projection.name)
  yield* commitBatch(projection, from, yield* wholeLog, "stop")
})

const rows = <A extends { readonly checkpoints?: unknown }>({ checkpoints: _, ...rest }: A) => rest

describe("a switch killed before each of its steps, one further each time", () => {
  storesTest(
    "leaves a whole, and in the end everything is announced once",
    (data) =>
      Effect.gen(function* () {
        yield* foldedNotAnnounced
        const expected = yield* cleanReplay
        // So that the next one has a generation to remove.
        expect(yield* switched("rebuild", data, 1000)).toBe(true)
        for (const which of ["rebuild", "rollback"]) {
          const before = generations(data).current
          let step = 1
          while (!(yield* switched(which, data, step))) {
            // Whichever is current says everything, and has everything still to be announced.
            expect(rows(yield* currentContents)).toEqual(rows(expected))
            // Killed after the switch: that is done, and the next time would be another.
            if (generations(data).current !== before) break
            step++
          }
          expect(step).toBeGreaterThan(which === "rebuild" ? 10 : 5)
          expect(generations(data).current).not.toBe(before)
          expect(rows(yield* currentContents)).toEqual(rows(expected))
        }
        yield* catchUp("stop")
        expect(rows(yield* currentContents)).toEqual(rows(relayed(expected)))
        expect(yield* wholeLog).toHaveLength(150 + (expected.outbox?.length ?? 0))
        expect(yield* switched("rebuild", data, 1000)).toBe(true)
        const { current, previous } = generations(data)
        const kept = readdirSync(generationsIn(data)).filter((name) => /^\d+$/u.test(name))
        expect(kept.map(Number).toSorted()).toEqual(
          [current, previous].filter((no) => no !== 1).toSorted(),
        )
        expect(existsSync(join(data, "readmodel.sqlite"))).toBe(previous === 1)
      }),
    patience,
  )
})
