import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Position } from "../../../domain/event/position.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { openReadModel, ReadModelUnavailable } from "../ReadModel.ts"
import { fileOf, generationsIn } from "./places.ts"
import { attemptRegistry, openRegistry } from "./Registry.ts"
import { type RebuildBusy, rebuildLock } from "./rebuildLock.ts"
import { type TakeOverError, takeOver } from "./takeOver.ts"

/** A generation is of the version of credtrail that has made it. */
const ofItsVersion = (no: number, error: ReadModelUnavailable): ReadModelUnavailable =>
  error.kind === "older-version" || error.kind === "other-version"
    ? new ReadModelUnavailable({
        operation: "be rolled back",
        kind: error.kind,
        reason: `generation ${no} was made by another version of credtrail, and that version can go back to it: run its credtrail rollback`,
      })
    : error

/** There is no generation to go back to. */
export class NothingToRollBack extends Schema.TaggedError<NothingToRollBack>()(
  "NothingToRollBack",
  { data: Schema.String },
) {
  override get message(): string {
    return `there is no earlier generation of the read models in ${this.data}: one is kept by each credtrail rebuild`
  }
}

/** What a rollback came to: the generation that is current again, and the one it took over from. */
export interface RolledBack {
  readonly generation: number
  readonly previous: number
  readonly position: Position
}

/**
 * Makes the previous generation the current one again. It is first brought up to date, silently,
 * and takes over what waits to be announced; the one it takes over from is then the previous one.
 */
export const rollBack = Effect.fn("rollBack")(function* (
  data: string,
): Effect.fn.Return<RolledBack, RebuildBusy | NothingToRollBack | TakeOverError, EventLog> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      // The lock would make a directory that was named by mistake.
      if (!existsSync(generationsIn(data))) return yield* new NothingToRollBack({ data })
      yield* rebuildLock(data)
      const registry = yield* Effect.acquireRelease(
        Effect.sync(() => openRegistry(data)),
        (opened) => Effect.sync(opened.close),
      )
      const { current, previous } = yield* attemptRegistry(registry.read)
      if (previous === undefined || !existsSync(fileOf(data, previous.no))) {
        return yield* new NothingToRollBack({ data })
      }
      const readModel = yield* openReadModel({
        file: fileOf(data, previous.no),
        mode: "read-write",
      }).pipe(Effect.mapError((error) => ofItsVersion(previous.no, error)))
      const position = yield* takeOver({
        data,
        registry,
        next: { no: previous.no, readModel },
        compares: false,
        onProgress: () => Effect.void,
        onCompared: () => Effect.void,
      })
      return { generation: previous.no, previous: current.no, position }
    }),
  )
})
