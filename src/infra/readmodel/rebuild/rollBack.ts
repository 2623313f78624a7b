import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import type { Position } from "../../../domain/event/position.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { openReadModel, ReadModelUnavailable } from "../ReadModel.ts"
import { attemptRegistry, fileOf, generationRegistry, generationsIn } from "./GenerationRegistry.ts"
import { promote, type RefoldError } from "./promote.ts"
import { type RebuildBusy, rebuildLock } from "./rebuildLock.ts"

/** A generation is of the version of credtrail that has made it. */
const ofItsVersion = (no: number, error: ReadModelUnavailable): ReadModelUnavailable =>
  error.kind === "older-version" || error.kind === "other-version"
    ? new ReadModelUnavailable({
        operation: "roll the read models back",
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

/** What came of a rollback: the generation that is current again, and the one before it. */
export interface RolledBack {
  readonly generation: number
  readonly previous: number
  readonly position: Position
}

/**
 * Makes the previous generation the current one again. It is first brought up to date, silently, and
 * takes the pending announcements with it.
 */
export const rollBack = Effect.fn("rollBack")(function* (
  data: string,
): Effect.fn.Return<RolledBack, RebuildBusy | NothingToRollBack | RefoldError, EventLog | Scope> {
  // The lock would make a directory that was named by mistake.
  if (!existsSync(generationsIn(data))) return yield* new NothingToRollBack({ data })
  yield* rebuildLock(data)
  const registry = yield* generationRegistry(data)
  const { current, previous } = yield* attemptRegistry(registry.read)
  if (previous === undefined || !existsSync(fileOf(data, previous.no))) {
    return yield* new NothingToRollBack({ data })
  }
  const { no } = previous
  const readModel = yield* openReadModel({ file: fileOf(data, no), mode: "read-write" }).pipe(
    Effect.mapError((error) => ofItsVersion(no, error)),
  )
  const onProgress = () => Effect.void
  const position = yield* promote<never, never>({
    data,
    registry,
    next: { no, readModel },
    onProgress,
  })
  return { generation: no, previous: current.no, position }
}, Effect.scoped)
