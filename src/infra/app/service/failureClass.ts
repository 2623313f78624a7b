import type { Failure, FailureClass } from "../../../actors/Child.ts"
import type { PoisonEvent } from "../../../domain/event/codec.ts"
import type { EventLogUnavailable } from "../../eventlog/EventLog.ts"
import type { SourceBusy } from "../../ingest/appendCaptures.ts"
import type { IngestStoreUnavailable } from "../../ingest/IngestStore.ts"
import type { NotALog } from "../../ingest/NotALog.ts"
import type { SourceUnreadable } from "../../ingest/SourceUnreadable.ts"
import type { CheckpointMoved } from "../../readmodel/project.ts"
import type { ReadModelUnavailable } from "../../readmodel/ReadModel.ts"
import type { RelayDiverged } from "../../readmodel/relayOutbox.ts"
import type { SecretVaultUnavailable } from "../../secrets/SecretVault.ts"
import type { VectorStoreUnavailable } from "../../vectorstore/VectorStore.ts"

type Unavailable =
  | EventLogUnavailable
  | ReadModelUnavailable
  | IngestStoreUnavailable
  | SecretVaultUnavailable
  | VectorStoreUnavailable

/** Everything that the work of a child may fail with. */
export type WorkError =
  | Unavailable
  | CheckpointMoved
  | PoisonEvent
  | RelayDiverged
  | SourceBusy
  | SourceUnreadable
  | NotALog

/** What a failure calls for: the one place where that is decided, for the work of every child. */
export const failureClass = (error: WorkError): FailureClass => {
  switch (error._tag) {
    case "EventLogUnavailable":
    case "ReadModelUnavailable":
    case "IngestStoreUnavailable":
    case "SecretVaultUnavailable":
    case "VectorStoreUnavailable":
      return classOfKind[error.kind]
    case "CheckpointMoved":
      return "moved"
    case "PoisonEvent":
      return "poison"
    case "SourceBusy":
      return "wait" // whoever reads it may end, or be killed, at any time
    case "RelayDiverged":
    case "SourceUnreadable":
    case "NotALog":
      return "fatal"
  }
}

/** A failure as its worker sees it. */
export const toFailure = (error: WorkError): Failure => ({
  class: failureClass(error),
  message: error.message,
})

const classOfKind: Record<Unavailable["kind"], "retry" | "wait" | "fatal"> = {
  busy: "retry",
  // An operator may make room, or mount the disk again, while the service runs.
  "disk-full": "retry",
  "read-only": "retry",
  unreachable: "wait",
  "not-ready": "wait",
  untrusted: "wait",
  "access-denied": "wait",
  "event-too-large": "fatal",
  refused: "fatal",
  corrupt: "fatal",
  "too-new": "fatal",
  "older-version": "fatal",
  "other-version": "fatal",
  "foreign-position": "fatal",
  "other-log": "fatal",
  "no-extension": "fatal",
}
