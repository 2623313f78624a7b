import * as Exit from "effect/Exit"
import { type Backoff, backoffDelay } from "./backoff.ts"
import { type Failure, failureOf } from "./failure.ts"
import type { LifeContext } from "./LifeContext.ts"

/** How often, and after which delays, an actor tries again by itself. */
export const retries: Backoff = { first: 1_000, most: 60_000, limit: 10 }

/** How often in a row an actor goes on at once after somebody else has moved the checkpoint. */
export const movesAtOnce = 3

/** The delays after that: two must not keep both cores busy pushing each other away. */
export const movedDelays = { first: 100, most: 5_000 }

/** What has to be done now that a run has ended. */
export type Verdict = "finish" | "goOn" | "backOff" | "quarantine" | "giveUp"

export const verdict = <Out>(context: LifeContext<Out>, exit: Exit.Exit<Out, Failure>): Verdict => {
  if (Exit.isSuccess(exit)) return "finish"
  switch (failureOf(exit.cause).class) {
    case "moved":
      return context.moves < movesAtOnce ? "goOn" : "backOff"
    case "retry":
      return context.failures < retries.limit ? "backOff" : "giveUp"
    case "wait":
      return "backOff"
    case "poison":
      return "quarantine"
    case "fatal":
    case "defect":
      return "giveUp"
  }
}

/** What is remembered of a run that has ended. */
export const settled = <Out>(
  context: LifeContext<Out>,
  exit: Exit.Exit<Out, Failure>,
): Partial<LifeContext<Out>> => {
  if (Exit.isSuccess(exit)) return { ending: { how: "done", output: exit.value } }
  const failure = failureOf(exit.cause)
  if (failure.class === "moved") {
    const moves = context.moves + 1
    return { failure, moves, delay: backoffDelay(movedDelays, moves - movesAtOnce) }
  }
  // Waiting uses no attempts up: whatever fails afterwards has one left.
  const most = failure.class === "wait" ? retries.limit - 1 : Number.POSITIVE_INFINITY
  const failures = Math.min(context.failures + 1, most)
  const again = failure.class !== "fatal"
  return {
    failure,
    failures,
    delay: backoffDelay(retries, failures),
    ending: { how: "failed", failure, again },
  }
}
