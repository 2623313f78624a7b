import { existsSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import {
  isOlder,
  type OpenReadModel,
  openReadModel,
  ReadModel,
  type ReadModelMode,
  type ReadModelUnavailable,
} from "../ReadModel.ts"
import { fileOf } from "./places.ts"
import { attemptRegistry, openRegistry, type Registry } from "./Registry.ts"

/** The current generation of the read models in a data directory. */
export const layerCurrent = (options: {
  readonly data: string
  readonly mode: ReadModelMode
}): Layer.Layer<ReadModel, ReadModelUnavailable> =>
  Layer.effect(
    ReadModel,
    Effect.gen(function* () {
      const registry = yield* Effect.acquireRelease(
        Effect.sync(() => openRegistry(options.data)),
        (opened) => Effect.sync(opened.close),
      )
      return yield* openCurrent(options, registry)
    }),
  )

/** Whether an older version of credtrail has made the current generation. */
export const isCurrentOlder = (data: string): Effect.Effect<boolean> =>
  ReadModel.use(({ attempt }) => attempt("read their version", isOlder)).pipe(
    Effect.provide(layerCurrent({ data, mode: "read-only" })),
    // What else is wrong with it shows when it is opened to be used.
    Effect.catch(({ kind }) => Effect.succeed(kind === "older-version")),
  )

const openCurrent = (
  options: { readonly data: string; readonly mode: ReadModelMode },
  registry: Registry,
): Effect.Effect<OpenReadModel, ReadModelUnavailable, Scope> =>
  Effect.gen(function* () {
    const { no, file } = yield* attemptRegistry(() => {
      const { no } = registry.read().current
      const file = fileOf(options.data, no)
      // Its read models were deleted: they are made anew in their place.
      if (options.mode !== "read-only") mkdirSync(dirname(file), { recursive: true })
      return { no, file }
    })
    const opened = yield* Effect.result(
      openReadModel({
        file,
        mode: options.mode,
        generation: { no, current: () => registry.read().current.no },
        reopen: Effect.suspend(() => openCurrent(options, registry)),
      }),
    )
    if (opened._tag === "Success") return opened.success
    // Two switches since the look, and the file is gone.
    const moved = yield* attemptRegistry(
      () => registry.read().current.no !== no && !existsSync(file),
    )
    return yield* moved ? openCurrent(options, registry) : Effect.fail(opened.failure)
  })
