import * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import type { ChildKind } from "./Child.ts"
import { stateOf, type WorkerSnapshot, type WorkerState, workerMachine } from "./worker.ts"

/** One of the supervisor's children as it is now. */
export interface ChildStatus {
  readonly name: string
  readonly kind: ChildKind
  readonly state: WorkerState
  /** When it came into this state, in milliseconds since 1970. */
  readonly since: number
  /** The last failure, for as long as it counts. */
  readonly error: string | null
  readonly position: string | null
  readonly events: number
  /** Failures in a row. */
  readonly failures: number
}

/** A change of state; `from` is `null` for the first. `error` is the reason, where one led to it. */
export interface Transition {
  readonly actor: string
  readonly from: WorkerState | null
  readonly to: WorkerState
  readonly error?: string
}

/** Whether nothing more is ingested unless somebody steps in: every ingest is done, failed or stopped. */
export const ingestEnded = (children: ReadonlyArray<ChildStatus>): boolean =>
  children.every(({ kind, state }) => kind !== "ingest" || endStates.includes(state))

const endStates: ReadonlyArray<WorkerState> = ["done", "failed", "stopped"]

/** The status of every worker of an actor system, made from what its inspection shows. */
export interface StatusRegistry {
  readonly inspect: (event: InspectionEvent) => void
  /** In the order in which the children were added. */
  readonly all: () => ReadonlyArray<ChildStatus>
  /** Waits until the children are as wanted, and returns them. */
  readonly waitFor: (
    wanted: (children: ReadonlyArray<ChildStatus>) => boolean,
  ) => Effect.Effect<ReadonlyArray<ChildStatus>>
}

export const makeStatusRegistry = (
  observe: (transition: Transition) => void,
  now: () => number,
): StatusRegistry => {
  const workers = new Map<string, { snapshot: WorkerSnapshot; status: ChildStatus }>()
  const waiting = new Set<() => void>()
  let changes = 0
  const all = () => Array.from(workers.values(), (worker) => worker.status)
  const changedSince = (seen: number): Effect.Effect<void> =>
    Effect.callback((resume) => {
      const wake = (): void => resume(Effect.void)
      if (changes !== seen) return wake()
      waiting.add(wake)
      return Effect.sync(() => waiting.delete(wake))
    })
  return {
    all,
    waitFor: Effect.fnUntraced(function* (wanted) {
      for (;;) {
        const seen = changes
        const children = all()
        if (wanted(children)) return children
        yield* changedSince(seen)
      }
    }),
    inspect: (event) => {
      if (event.type !== "@xstate.snapshot" || !isWorker(event.snapshot)) return
      const { snapshot } = event
      const { child, failure, failures, position, events } = snapshot.context
      const { name, kind } = child
      const before = workers.get(name)
      if (before?.snapshot === snapshot) return // the event changed nothing
      const from = before?.status.state ?? null
      const state = stateOf(snapshot)
      const hasFailed = failure !== null && failure !== before?.snapshot.context.failure
      // The same state for a new reason is a transition too: it was left and entered again.
      const hasMoved = hasFailed || state !== from
      const since = hasMoved || before === undefined ? now() : before.status.since
      const error = failure?.message ?? null
      const status = { name, kind, state, since, error, position, events, failures }
      workers.set(name, { snapshot, status })
      changes++
      const woken = [...waiting]
      waiting.clear()
      // Whoever waits continues after the transition, not in the middle of it.
      queueMicrotask(() => {
        for (const wake of woken) wake()
      })
      const reason = hasFailed ? { error: failure.message } : {}
      if (hasMoved) observe({ actor: name, from, to: state, ...reason })
    },
  }
}

const isWorker = (snapshot: object): snapshot is WorkerSnapshot =>
  "machine" in snapshot && snapshot.machine === workerMachine
