import type { FailureClass } from "../../../actors/failure.ts"

/**
 * What a failure calls for, decided here for all actors: somebody else's progress is taken up, a
 * lock is waited for, a full or read-only disk as well (an operator may mend it while the daemon
 * runs), a server that is away, denies access or is not trusted for as long as it takes, a poison
 * event waits for the operator, and everything else would be the same next time.
 */
export const failureClass = (error: {
  readonly _tag: string
  readonly kind?: string
}): FailureClass => {
  switch (error._tag) {
    case "CheckpointMoved":
    case "GenerationMoved":
      return "moved"
    case "PoisonEvent":
      return "poison"
    case "EventLogUnavailable":
    case "ReadModelUnavailable":
    case "IngestStoreUnavailable":
    case "VectorStoreUnavailable":
      return classOfKind(error.kind ?? "")
    default:
      return "fatal"
  }
}

const passing = ["busy", "disk-full", "read-only"]
const outsideUs = ["unreachable", "not-ready", "untrusted", "access-denied"]

const classOfKind = (kind: string): "retry" | "wait" | "fatal" => {
  if (passing.includes(kind)) return "retry"
  return outsideUs.includes(kind) ? "wait" : "fatal"
}
