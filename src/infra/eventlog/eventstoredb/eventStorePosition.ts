import { beginning, type Position } from "../../../domain/event/position.ts"
import { EventLogUnavailable } from "../EventLog.ts"

/** A place in `$all` as server and client write it: byte offsets, below 2^63. */
export interface ServerPosition {
  readonly commit: bigint
  readonly prepare: bigint
}

const digits = 20
const shape = /^([0-9]{20})-([0-9]{20})$/
const written = /^([0-9]{1,20})(?:-([0-9]{1,20}))?$/
const most = 2n ** 63n - 1n

/**
 * Both numbers with leading zeros, commit before prepare, so that the order of the text is the
 * order of `$all`. Both are needed: some servers give checkpoints of which the commit alone belongs
 * to an event that has not been delivered.
 */
export const positionOf = ({ commit, prepare }: ServerPosition): Position =>
  `${String(commit).padStart(digits, "0")}-${String(prepare).padStart(digits, "0")}` as Position // the shape read below

/** What {@link positionOf} was given; `start` for the beginning, `undefined` for what it never made. */
export const serverPositionOf = (position: Position): ServerPosition | "start" | undefined => {
  if (position === beginning) return "start"
  const [, commit, prepare] = shape.exec(position) ?? []
  return commit === undefined || prepare === undefined ? undefined : within(commit, prepare)
}

/** The position that somebody means: `commit-prepare`, or one number where both are the same. */
export const parsePosition = (text: string): Position | undefined => {
  const [, commit, prepare = commit] = written.exec(text) ?? []
  if (commit === undefined || prepare === undefined) return undefined
  const position = within(commit, prepare)
  return position === undefined ? undefined : positionOf(position)
}

const within = (commit: string, prepare: string): ServerPosition | undefined => {
  const position = { commit: BigInt(commit), prepare: BigInt(prepare) }
  return position.commit <= most && position.prepare <= most ? position : undefined
}

/** The error for a position that the event store has not given. */
export const foreignPosition = (position: Position): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "find a position in the event log",
    kind: "foreign-position",
    reason: `"${position.slice(0, 64)}" is not a position of this log. Read models built from another log must be rebuilt from this one`,
  })
