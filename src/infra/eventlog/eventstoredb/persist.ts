import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { backoffDelay } from "../../../actors/retryPolicy.ts"
import type { EventLogUnavailable } from "../EventLog.ts"
import { asUnavailable, type EventStoreFailure } from "./eventStoreFailure.ts"

/** Milliseconds between attempts. */
const delays = { first: 25, max: 2_000 }

/** Milliseconds to wait after failures in a row: half of it certain, half by chance. */
export const jittered = (failures: number): Effect.Effect<number> =>
  Effect.map(Random.next, (chance) => (backoffDelay(delays, failures) * (1 + chance)) / 2)

/** How long, and in whose name, something is tried. */
export interface Persistence {
  readonly location: string
  /** Milliseconds after which it is told to the caller that it does not work. */
  readonly patience: number
}

/**
 * Repeats an attempt until it succeeds, as long as its failures may pass and patience lasts. To
 * repeat must be harmless.
 */
export const persist = Effect.fnUntraced(function* <A, R>(
  operation: string,
  { location, patience }: Persistence,
  attempt: Effect.Effect<A, EventStoreFailure, R>,
): Effect.fn.Return<A, EventLogUnavailable, R> {
  const end = (yield* Clock.currentTimeMillis) + patience
  for (let failures = 1; ; failures++) {
    const result = yield* Effect.result(attempt)
    if (result._tag === "Success") return result.success
    const { does, reason } = result.failure
    if (does === "bug") return yield* Effect.die(new Error(`could not ${operation}: ${reason}`))
    const delay = yield* jittered(failures)
    const now = yield* Clock.currentTimeMillis
    if (does === "give-up" || now + delay > end) {
      return yield* asUnavailable(operation, location, result.failure)
    }
    yield* Effect.logDebug(`could not ${operation}, trying again: ${reason}`)
    yield* Effect.sleep(delay)
  }
})
