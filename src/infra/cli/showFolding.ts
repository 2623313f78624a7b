import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RebuildProgress } from "../generations/rebuild.ts"
import { duration } from "./render/duration.ts"

const interval = 200

/**
 * Shows how far a fold of history is, on one line of the terminal: events a second, the gap to the
 * end, and the time left. Says nothing where there is no terminal.
 */
export const showFolding = <A, E, R>(
  work: (onProgress: (progress: RebuildProgress) => Effect.Effect<void>) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const { stderr } = process
    if (!stderr.isTTY) return yield* work(() => Effect.void)
    const startedAt = yield* Clock.currentTimeMillis
    let shownAt = 0
    const show = (progress: RebuildProgress) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (now - shownAt < interval) return
        shownAt = now
        const line = foldingLine(progress, now - startedAt).slice(0, stderr.columns - 1)
        stderr.write(`\r\u001b[K${line}`)
      })
    return yield* work(show).pipe(Effect.ensuring(Effect.sync(() => stderr.write("\r\u001b[K"))))
  })

/** Events folded, events a second, the gap, and the time left at that speed. */
export const foldingLine = ({ events, total }: RebuildProgress, elapsedMillis: number): string => {
  const perSecond = elapsedMillis > 0 ? Math.round((events * 1000) / elapsedMillis) : 0
  const gap = total - events
  const left = events > 0 ? `, ${duration((elapsedMillis * gap) / events)} left` : ""
  return `${events} of ${total} events, ${perSecond} events/s, gap ${gap}${left}`
}
