import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import {
  indexOutbox,
  lastAnnouncement,
} from "../../../projections/generationDiff/impliedAnnouncements.ts"
import { reuseProjection, reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import { EventLog } from "../../eventlog/EventLog.ts"
import { projectionBatch } from "../catchUp.ts"
import { type ProjectOptions, project, readModelSink } from "../project.ts"
import { attemptReadModel as attempt } from "../ReadModel.ts"
import { type Announced, checkAnnouncements } from "./checkAnnouncements.ts"
import { expectedEvents } from "./expectedEvents.ts"
import { generationDiff, type Verification } from "./GenerationDiff.ts"
import type { RefoldError } from "./promote.ts"
import type { RebuildProgress } from "./rebuild.ts"
import { scratchGeneration } from "./scratchGeneration.ts"

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
 * Folds the log into a scratch generation up to where the live one is, compares the two, and
 * compares what was announced with what the history implies. Changes nothing.
 */
export const verify = Effect.fn("verify")(function* ({
  data,
  live,
  onProgress,
}: VerifyOptions): Effect.fn.Return<Verified, RefoldError, EventLog | Scope> {
  const log = yield* EventLog
  const scratch = yield* scratchGeneration(data)
  const { database } = scratch
  const diff = yield* generationDiff(live.file, database.name)
  const { position, hasRetried, decisions } = yield* attempt("compare the read models", () => ({
    position: diff.hold(reuseProjectionName),
    hasRetried: diff.hasRetried(),
    decisions: diff.decisions(reuseProjectionName),
  }))
  const { head } = yield* log.health
  const total = yield* expectedEvents(live.file)
  // Not silent: what it has to say collects in an outbox that nobody relays.
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
  const { tables, pending, upTo } = yield* attempt("compare the read models", () => {
    indexOutbox(database)
    const tables = diff.compare()
    const pending = diff.pendingAnnouncements()
    diff.release()
    return { tables, pending, upTo: lastAnnouncement(database) }
  })
  // What the live generation has announced since is checked too.
  yield* fold("caught-up")
  const announced = yield* checkAnnouncements({ database, upTo, pending, hasRetried, head })
  return { generation: live.no, position, tables, announced }
}, Effect.scoped)
