import * as Effect from "effect/Effect"
import { beginning } from "../../../domain/event/position.ts"
import {
  indexOutbox,
  lastAnnouncement,
} from "../../../projections/generationDiff/impliedAnnouncements.ts"
import {
  projectedTypes,
  reuseProjection,
  reuseProjectionName,
} from "../../../projections/reuse/reuseProjection.ts"
import { EventLog } from "../../eventlog/EventLog.ts"
import { projectionBatch } from "../catchUp.ts"
import { type ProjectOptions, project, readModelSink } from "../project.ts"
import { attemptReadModel as attempt } from "../ReadModel.ts"
import { type Announced, announcedCheck } from "./announcedCheck.ts"
import { generationDiff, type Verification } from "./GenerationDiff.ts"
import type { RebuildProgress } from "./rebuild.ts"
import { scratchGeneration } from "./scratchGeneration.ts"
import type { TakeOverError } from "./takeOver.ts"

/** What a verification has found. */
export interface Verified extends Verification {
  readonly generation: number
  readonly announced: Announced
}

export interface VerifyOptions {
  readonly data: string
  readonly live: { readonly no: number; readonly file: string }
  readonly onProgress: (progress: RebuildProgress) => Effect.Effect<void>
}

/**
 * Folds the log into a scratch generation up to where the live one stands, compares the two, and
 * holds what was announced against what the history implies. Changes nothing.
 */
export const verify = Effect.fn("verify")(function* ({
  data,
  live,
  onProgress,
}: VerifyOptions): Effect.fn.Return<Verified, TakeOverError, EventLog> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const log = yield* EventLog
      const scratch = yield* scratchGeneration(data)
      const diff = yield* generationDiff(live.file, scratch.database.name)
      const position = yield* attempt("be compared", () => diff.hold(reuseProjectionName))
      const hasRetried = yield* attempt("be compared", diff.hasRetried)
      const decisions = yield* attempt("be compared", () => diff.decisions(reuseProjectionName))
      const { head } = yield* log.health
      const total = yield* log.gap(beginning, projectedTypes)
      // Not silent: what it has to say stands in its own outbox and goes nowhere.
      const sink = readModelSink(scratch, reuseProjection("announcing"))
      let folded = 0
      const fold = (until: ProjectOptions["until"]) =>
        project(sink, {
          until,
          onPoison: "skip",
          decisions,
          batchSize: projectionBatch,
          onDelivery: ({ events }) => {
            folded += events
            if (events === 0) return Effect.void
            return onProgress({ events: folded, total: Math.max(total, folded) })
          },
        })
      yield* fold({ position })
      const tables = yield* attempt("be compared", () => diff.compare())
      yield* scratch.attempt("find announcements by id", indexOutbox)
      const pending = yield* attempt("be compared", diff.pendingAnnouncements)
      yield* attempt("be compared", diff.release)
      const upTo = yield* scratch.attempt("count announcements", lastAnnouncement)
      // What the live generation has announced since is looked at too.
      yield* fold("caught-up")
      const { database } = scratch
      const announced = yield* announcedCheck({ database, upTo, pending, hasRetried, head })
      return { generation: live.no, position, tables, announced }
    }),
  )
})
