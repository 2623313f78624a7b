import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Failure } from "./Child.ts"

/**
 * How often in a row work is tried again, after which delays in milliseconds. A full disk is waited
 * for some 35 minutes.
 */
export const retryPolicy = { first: 1_000, max: 60_000, limit: 40 }

/** The delays where it is tried again for as long as it takes: what is over is noticed in half a minute. */
const waitPolicy = { first: 1_000, max: 30_000 }

/**
 * The same for a checkpoint that somebody else has moved: a few times at once, then after delays,
 * so that two processes do not keep both cores busy pushing each other away.
 */
export const movedPolicy = { atOnce: 3, first: 100, max: 5_000 }

/** Milliseconds without a failure after which earlier ones no longer count. */
export const healthyAfter = 60_000

/** Milliseconds to wait after this many failures in a row. */
export const backoffDelay = (
  { first, max }: { readonly first: number; readonly max: number },
  failures: number,
): number => Math.min(max, first * 2 ** (failures - 1))

/** What a worker remembers of its failures. */
export interface Failures {
  /** The last one, for as long as it counts. */
  readonly failure: Failure | null
  /** How many in a row, other than moved checkpoints. */
  readonly failures: number
  /** How many moved checkpoints in a row. */
  readonly moves: number
  /** Milliseconds until the next try. */
  readonly delay: number
}

export const noFailures: Failures = { failure: null, failures: 0, moves: 0, delay: 0 }

/** What to do now that a run has ended. */
export type NextStep = "finish" | "startAgain" | "backOff" | "quarantine" | "giveUp"

export const nextStep = (
  { failures, moves }: Failures,
  exit: Exit.Exit<void, Failure>,
): NextStep => {
  if (Exit.isSuccess(exit)) return "finish"
  switch (failureOf(exit.cause).class) {
    case "moved":
      return moves < movedPolicy.atOnce ? "startAgain" : "backOff"
    case "retry":
    case "defect":
      return failures < retryPolicy.limit ? "backOff" : "giveUp"
    case "wait":
      return "backOff"
    case "poison":
      return "quarantine"
    case "fatal":
      return "giveUp"
  }
}

/** What to remember of a run that has ended. */
export const failuresAfter = (before: Failures, exit: Exit.Exit<void, Failure>): Failures => {
  if (Exit.isSuccess(exit)) return noFailures
  const failure = failureOf(exit.cause)
  if (failure.class === "moved") {
    const moves = before.moves + 1
    return {
      ...before,
      failure,
      moves,
      delay: backoffDelay(movedPolicy, moves - movedPolicy.atOnce),
    }
  }
  // Waiting uses no attempts up: one is always left for a failure of another class.
  const isWait = failure.class === "wait"
  const max = isWait ? retryPolicy.limit - 1 : Number.POSITIVE_INFINITY
  const failures = Math.min(before.failures + 1, max)
  const delay = backoffDelay(isWait ? waitPolicy : retryPolicy, failures)
  return { ...before, failure, failures, delay }
}

const failureOf = (cause: Cause.Cause<Failure>): Failure => {
  const failed = cause.reasons.find(Cause.isFailReason)
  if (failed !== undefined) return failed.error
  const thrown = Cause.squash(cause)
  return { class: "defect", message: thrown instanceof Error ? thrown.message : String(thrown) }
}
