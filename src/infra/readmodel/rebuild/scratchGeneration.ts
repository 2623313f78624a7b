import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { isAlive } from "../../processes/ProcessRegistry.ts"
import {
  attemptReadModel,
  type OpenReadModel,
  openReadModel,
  type ReadModelUnavailable,
} from "../ReadModel.ts"
import { generationsIn } from "./places.ts"

/**
 * A generation that nobody else sees, to fold history into and ask: a file of its own in the data
 * directory, gone with the scope. What a process that died has left is cleared away on the way.
 */
export const scratchGeneration = Effect.fnUntraced(function* (
  data: string,
): Effect.fn.Return<OpenReadModel, ReadModelUnavailable, Scope> {
  const directory = yield* Effect.acquireRelease(
    attemptReadModel("make a scratch generation", () => {
      mkdirSync(generationsIn(data), { recursive: true })
      clearScratch(data)
      return mkdtempSync(join(generationsIn(data), `${prefix}${process.pid}-`))
    }),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
  )
  return yield* openReadModel({ file: join(directory, "readmodel.sqlite"), mode: "scratch" })
})

const prefix = "scratch-"

/** Whether a directory of generations is a scratch one that nobody uses any more. */
export const isScratchOfDead = (name: string): boolean =>
  name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10))

/** Removes the scratch generations of processes that have died. */
const clearScratch = (data: string): void => {
  for (const name of readdirSync(generationsIn(data))) {
    if (!isScratchOfDead(name)) continue
    rmSync(join(generationsIn(data), name), { recursive: true, force: true })
  }
}
