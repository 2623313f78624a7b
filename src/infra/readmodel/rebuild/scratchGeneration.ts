import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import {
  attemptReadModel,
  type OpenReadModel,
  openReadModel,
  type ReadModelUnavailable,
} from "../ReadModel.ts"
import { generationsIn, removeDeadScratch, scratchPrefix } from "./GenerationRegistry.ts"

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
      removeDeadScratch(data)
      return mkdtempSync(join(generationsIn(data), `${scratchPrefix}${process.pid}-`))
    }),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
  )
  return yield* openReadModel({ file: join(directory, "readmodel.sqlite"), mode: "scratch" })
})
