import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { CopyProgress } from "../eventlog/copy/copyLog.ts"
import type { IngestProgress } from "../ingest/IngestProgress.ts"
import type { RebuildProgress } from "../readmodel/rebuild/rebuild.ts"
import { duration } from "./render/wording.ts"

/** Milliseconds between two looks at the progress: on a terminal, and where lines pile up. */
const onTerminal = 200
const elsewhere = 10_000

/** Shows how far an ingest is, on one line of the terminal; nothing where there is none. */
export const showIngesting = (progress: IngestProgress) =>
  watching((elapsed) => ingestingLine(progress, elapsed))

/** Shows how far a copy is, on one line of the terminal; nothing where there is none. */
export const showCopying = (progress: CopyProgress) => watching(() => copyingLine(progress))

/**
 * Shows how far a fold of history is, on standard error: events a second, the gap to the end, and the
 * time left. On a terminal that is one line which changes, elsewhere a line now and then.
 */
export const showFolding = <A, E, R>(
  work: (onProgress: (progress: RebuildProgress) => Effect.Effect<void>) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const { isTTY } = process.stderr
    const startedAt = yield* Clock.currentTimeMillis
    const interval = isTTY ? onTerminal : elsewhere
    let shownAt = isTTY ? 0 : startedAt
    const show = (progress: RebuildProgress) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (now - shownAt < interval) return
        shownAt = now
        const line = foldingLine(progress, now - startedAt)
        yield* isTTY ? replaceLine(line) : Console.error(line)
      })
    return yield* isTTY ? Effect.ensuring(work(show), replaceLine("")) : work(show)
  })

/** Runs work while a line of the terminal is kept up to date; it is gone when the work ends. */
const watching =
  (line: (elapsedMillis: number) => string) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    if (!process.stderr.isTTY) return work
    const show = Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      while (true) {
        yield* Effect.sleep(onTerminal)
        yield* replaceLine(line((yield* Clock.currentTimeMillis) - startedAt))
      }
    })
    return Effect.raceFirst(work, show).pipe(Effect.ensuring(replaceLine("")))
  }

/** Puts a line in the place of the last one of the terminal. */
const replaceLine = (line: string): Effect.Effect<void> =>
  Effect.sync(() => {
    process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`)
  })

/** Bytes, lines a second, captures, rejects, and the time left by the bytes that are left. */
const ingestingLine = (progress: IngestProgress, elapsedMillis: number): string => {
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

/** `copying, 12,000 of 84,213 events`. */
const copyingLine = ({ phase, done, total }: CopyProgress): string =>
  `${phase}, ${grouped(Math.floor(done))}${total > 0 ? ` of ${grouped(total)}` : ""} events`

const grouped = (value: number): string => value.toLocaleString("en-US")

/** Events folded, events a second, the gap, and the time left at that speed. */
export const foldingLine = ({ events, total }: RebuildProgress, elapsedMillis: number): string => {
  const perSecond = elapsedMillis > 0 ? Math.round((events * 1000) / elapsedMillis) : 0
  const gap = total - events
  const left = events > 0 ? `, ${duration((elapsedMillis * gap) / events)} left` : ""
  return `${events} of ${total} events, ${perSecond} events/s, gap ${gap}${left}`
}
