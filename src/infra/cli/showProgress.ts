import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { IngestProgress } from "../ingest/IngestProgress.ts"
import { duration } from "./render/wording.ts"

const interval = "200 millis"

/** Shows how far an ingest is, on one line of the terminal; says nothing where there is none. */
export const showProgress =
  (progress: IngestProgress) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const { stderr } = process
    if (!stderr.isTTY) return work
    const clear = Effect.sync(() => stderr.write("\r\u001b[K"))
    const show = Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      while (true) {
        yield* Effect.sleep(interval)
        const elapsed = (yield* Clock.currentTimeMillis) - startedAt
        const line = progressLine(progress, elapsed).slice(0, stderr.columns - 1)
        yield* Effect.sync(() => stderr.write(`\r\u001b[K${line}`))
      }
    })
    return Effect.raceFirst(work, show).pipe(Effect.ensuring(clear))
  }

/** Bytes, lines a second, captures, rejects, and the time left by the bytes that are left. */
const progressLine = (progress: IngestProgress, elapsedMillis: number): string => {
  const { bytesRead, bytesTotal, lines, captures, rejected } = progress
  const perSecond = elapsedMillis > 0 ? Math.round((lines * 1000) / elapsedMillis) : 0
  const left =
    bytesTotal > 0 && bytesRead > 0
      ? `, ${duration((elapsedMillis * Math.max(0, bytesTotal - bytesRead)) / bytesRead)} left`
      : ""
  const size =
    bytesTotal > 0 ? `${megabytes(bytesRead)} of ${megabytes(bytesTotal)}` : megabytes(bytesRead)
  return `${size} MB, ${perSecond} lines/s, ${captures} captures, ${rejected} rejected${left}`
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
