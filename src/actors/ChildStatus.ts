import type { Child } from "./Child.ts"
import type { Progress } from "./LifeContext.ts"

/** One of the supervisor's children as it is now. */
export interface ChildStatus<Out> {
  readonly name: string
  readonly kind: Child<Out>["kind"]
  /**
   * The state of its life cycle, or the supervisor's word for it: `restarting` (waiting to be
   * started again), `gaveUp` (failed too often), `stopped` (told to stop while it waited).
   */
  readonly state: string
  /** When it came into this state, in milliseconds since 1970. */
  readonly since: number
  /** What last went wrong, for as long as that counts; `null` is nothing. */
  readonly error: string | null
  readonly progress: Progress
  /** How often it was started again within the time that counts. */
  readonly restarts: number
  /** Whether it is over: nothing starts it again. */
  readonly ended: boolean
  /** What an ingest that is `done` came to. */
  readonly output?: Out
}

/** A change of state; `from` is `null` for the first. `error` is there where it was the reason. */
export interface Transition {
  readonly actor: string
  readonly from: string | null
  readonly to: string
  readonly error?: string
}

/** Whether nothing more is ingested: every ingest is done, failed, stopped or given up. */
export const ingestEnded = (children: ReadonlyArray<ChildStatus<unknown>>): boolean =>
  children.every((child) => child.kind !== "ingest" || child.ended)
