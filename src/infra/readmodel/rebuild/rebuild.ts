import { mkdirSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Position } from "../../../domain/event/position.ts"
import type { TableDiff } from "../../../projections/generationDiff/tableDiff.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { openReadModel } from "../ReadModel.ts"
import { expectedEvents } from "./expectedEvents.ts"
import type { Verification } from "./GenerationDiff.ts"
import {
  attemptRegistry,
  directoryOf,
  fileOf,
  generationRegistry,
  removeLeftovers,
} from "./GenerationRegistry.ts"
import { promote, type RefoldError } from "./promote.ts"
import { type RebuildBusy, rebuildLock } from "./rebuildLock.ts"

/** How far a rebuild is: events folded, and how many there are. */
export interface RebuildProgress {
  readonly events: number
  readonly total: number
}

/** What came of a rebuild. */
export interface Rebuilt {
  readonly generation: number
  readonly previous: number
  readonly position: Position
  /** Events folded. */
  readonly events: number
  /** How the new generation compares with the live one in everything, as of the first comparison. */
  readonly tables: ReadonlyArray<TableDiff>
}

export interface RebuildOptions<E, R> {
  readonly data: string
  readonly onProgress: (progress: RebuildProgress) => Effect.Effect<void>
  /**
   * Runs after each comparison, the first of everything, later ones of what may have changed since;
   * a failure keeps the generation from being promoted.
   */
  readonly onCompared: (
    verification: Verification,
    generation: number,
    last: boolean,
  ) => Effect.Effect<void, E, R>
}

/**
 * Builds a new generation of the read models from the log, silently and next to the live one,
 * compares the two, and promotes the new one. However it ends otherwise, nothing of it is left.
 */
export const rebuild = Effect.fn("rebuild")(function* <E, R>({
  data,
  ...options
}: RebuildOptions<E, R>): Effect.fn.Return<
  Rebuilt,
  RebuildBusy | RefoldError | E,
  EventLog | R | Scope
> {
  yield* rebuildLock(data)
  const registry = yield* generationRegistry(data)
  const removing = attemptRegistry(() => removeLeftovers(data, registry.read()))
  yield* removing
  const { current, previous } = yield* attemptRegistry(registry.read)
  const no = Math.max(current.no, previous?.no ?? 0) + 1
  yield* attemptRegistry(() => mkdirSync(directoryOf(data, no), { recursive: true }))
  // Removes the new generation unless it has become the current one, and then the older ones. What
  // cannot be removed now, the next rebuild removes: it does not change how this one has ended.
  yield* Effect.addFinalizer(() => Effect.ignore(removing))
  const total = yield* expectedEvents(fileOf(data, current.no))
  let events = 0
  let first: Verification | undefined
  const readModel = yield* openReadModel({ file: fileOf(data, no), mode: "read-write" })
  const position = yield* promote({
    data,
    registry,
    next: { no, readModel },
    onProgress: (folded) => {
      events = folded
      return options.onProgress({ events, total: Math.max(total, events) })
    },
    onCompared: (verification, last) => {
      first ??= verification
      return options.onCompared(verification, no, last)
    },
  })
  return { generation: no, previous: current.no, position, events, tables: first?.tables ?? [] }
}, Effect.scoped)
