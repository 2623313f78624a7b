import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
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

export const makeStatusRegistry = Effect.fnUntraced(function* (
  observe: (transition: Transition) => void,
  now: () => number,
): Effect.fn.Return<StatusRegistry> {
  const statuses = yield* SubscriptionRef.make<ReadonlyArray<ChildStatus>>([])
  const snapshots = new Map<string, WorkerSnapshot>()
  const all = () => SubscriptionRef.getUnsafe(statuses)
  return {
    all,
    waitFor: (wanted) =>
      SubscriptionRef.changes(statuses).pipe(
        Stream.filter(wanted),
        Stream.runHead,
        Effect.flatMap(Effect.fromOption),
        Effect.orDie, // the changes do not end
      ),
    inspect: (event) => {
      if (event.type !== "@xstate.snapshot" || !isWorker(event.snapshot)) return
      const { child, failure, failures, position, events } = event.snapshot.context
      const { name, kind } = child
      const last = snapshots.get(name)
      if (last === event.snapshot) return // the event changed nothing
      snapshots.set(name, event.snapshot)
      const from = last === undefined ? null : stateOf(last)
      const to = stateOf(event.snapshot)
      // The same state for a new reason is a change too: it was left and entered again.
      const hasFailed = failure !== null && failure !== last?.context.failure
      const hasMoved = hasFailed || from !== to
      const before = all().find((status) => status.name === name)
      const since = hasMoved || before === undefined ? now() : before.since
      const error = failure?.message ?? null
      const status = { name, kind, state: to, since, error, position, events, failures }
      const others =
        before === undefined
          ? [...all(), status]
          : all().map((other) => (other === before ? status : other))
      Effect.runSync(SubscriptionRef.set(statuses, others))
      if (hasMoved)
        observe({ actor: name, from, to, ...(hasFailed ? { error: failure.message } : {}) })
    },
  }
})

const isWorker = (snapshot: object): snapshot is WorkerSnapshot =>
  "machine" in snapshot && snapshot.machine === workerMachine
