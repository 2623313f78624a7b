import { mkdirSync } from "node:fs"
import * as Effect from "effect/Effect"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { projectedTypes } from "../../../projections/reuse/reuseProjection.ts"
import { EventLog } from "../../eventlog/EventLog.ts"
import { openReadModel } from "../ReadModel.ts"
import type { Verification } from "./GenerationDiff.ts"
import { removeOthers } from "./keptGenerations.ts"
import { directoryOf, fileOf } from "./places.ts"
import { attemptRegistry, openRegistry } from "./Registry.ts"
import { type RebuildBusy, rebuildLock } from "./rebuildLock.ts"
import { type TakeOverError, takeOver } from "./takeOver.ts"

/** What a rebuild came to. */
export interface Rebuilt {
  readonly generation: number
  readonly previous: number
  readonly position: Position
  /** Events folded. */
  readonly events: number
}

/** How far a rebuild is: events folded, and how many there are. */
export interface RebuildProgress {
  readonly events: number
  readonly total: number
}

export interface RebuildOptions<E, R> {
  readonly data: string
  readonly onProgress: (progress: RebuildProgress) => Effect.Effect<void>
  /** Told what each comparison has shown; its failure keeps the switch from happening. */
  readonly onCompared: (
    verification: Verification,
    generation: number,
    last: boolean,
  ) => Effect.Effect<void, E, R>
}

/**
 * Makes a new generation of the read models from the log, silently and beside the live one, proves
 * it against that, and switches. However it ends otherwise, nothing of it is left.
 */
export const rebuild = Effect.fn("rebuild")(function* <E, R>(
  options: RebuildOptions<E, R>,
): Effect.fn.Return<Rebuilt, RebuildBusy | TakeOverError | E, EventLog | R> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const { data } = options
      yield* rebuildLock(data)
      const registry = yield* Effect.acquireRelease(
        Effect.sync(() => openRegistry(data)),
        (opened) => Effect.sync(opened.close),
      )
      const removing = attemptRegistry(() => removeOthers(data, registry))
      yield* removing
      const { current, previous } = yield* attemptRegistry(registry.read)
      const no = Math.max(current.no, previous?.no ?? 0) + 1
      yield* attemptRegistry(() => mkdirSync(directoryOf(data, no), { recursive: true }))
      // Removes the new generation unless it has become the current one, and then the older ones. What
      // cannot be removed now, the next rebuild removes: it does not change how this one has ended.
      yield* Effect.addFinalizer(() => Effect.ignore(removing))
      const log = yield* EventLog
      const total = yield* log.gap(beginning, projectedTypes)
      let events = 0
      const position = yield* Effect.scoped(
        Effect.gen(function* () {
          const readModel = yield* openReadModel({ file: fileOf(data, no), mode: "read-write" })
          return yield* takeOver({
            data,
            registry,
            next: { no, readModel },
            compares: true,
            onProgress: (folded) => {
              events = folded
              return options.onProgress({ events, total: Math.max(total, events) })
            },
            onCompared: (verification, last) => options.onCompared(verification, no, last),
          })
        }),
      )
      return { generation: no, previous: current.no, position, events }
    }),
  )
})
