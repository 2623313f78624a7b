import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { RebuildProgress } from "../readmodel/rebuild/rebuild.ts"
import { duration } from "./render/wording.ts"

/** Milliseconds from one look at the progress to the next. */
const onTerminal = 200
const elsewhere = 10_000

/**
 * Shows how far a fold of history is, on standard error: events a second, the gap to the end, and the
 * time left. On a terminal that is one line which changes, elsewhere a line now and then.
 */
export const showFolding = <A, E, R>(
  work: (onProgress: (progress: RebuildProgress) => Effect.Effect<void>) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const { stderr } = process
    const startedAt = yield* Clock.currentTimeMillis
    const interval = stderr.isTTY ? onTerminal : elsewhere
    let shownAt = stderr.isTTY ? 0 : startedAt
    const show = (progress: RebuildProgress) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (now - shownAt < interval) return
        shownAt = now
        const line = foldingLine(progress, now - startedAt)
        if (!stderr.isTTY) return yield* Console.error(line)
        stderr.write(`\r\u001b[K${line.slice(0, stderr.columns - 1)}`)
      })
    if (!stderr.isTTY) return yield* work(show)
    return yield* work(show).pipe(Effect.ensuring(Effect.sync(() => stderr.write("\r\u001b[K"))))
  })

/** Events folded, events a second, the gap, and the time left at that speed. */
export const foldingLine = ({ events, total }: RebuildProgress, elapsedMillis: number): string => {
  const perSecond = elapsedMillis > 0 ? Math.round((events * 1000) / elapsedMillis) : 0
  const gap = total - events
  const left = events > 0 ? `, ${duration((elapsedMillis * gap) / events)} left` : ""
  return `${events} of ${total} events, ${perSecond} events/s, gap ${gap}${left}`
}
