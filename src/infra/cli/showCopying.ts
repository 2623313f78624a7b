import * as Effect from "effect/Effect"
import type { CopyProgress } from "../eventlog/copy/copyLog.ts"

const interval = "200 millis"

/** Shows how far a copy is, on one line of the terminal; says nothing where there is none. */
export const showCopying =
  (progress: CopyProgress) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const { stderr } = process
    if (!stderr.isTTY) return work
    const show = Effect.sync(() =>
      stderr.write(`\r\u001b[K${copyingLine(progress).slice(0, stderr.columns - 1)}`),
    ).pipe(Effect.andThen(Effect.sleep(interval)), Effect.forever)
    const clear = Effect.sync(() => stderr.write("\r\u001b[K"))
    return Effect.raceFirst(work, show).pipe(Effect.ensuring(clear))
  }

/** `copying, 12,000 of 84,213 events`. */
const copyingLine = ({ phase, done, total }: CopyProgress): string =>
  `${phase}, ${number(Math.floor(done))}${total > 0 ? ` of ${number(total)}` : ""} events`

const number = (value: number): string => value.toLocaleString("en-US")
