import { describe, expect, it } from "vitest"
import type { FailureClass } from "../../../../src/actors/failure.ts"
import { PoisonEvent } from "../../../../src/domain/event/codec.ts"
import { failureClass } from "../../../../src/infra/app/service/failureClass.ts"
import { EventLogUnavailable } from "../../../../src/infra/eventlog/EventLog.ts"
import { SourceBusy } from "../../../../src/infra/ingest/appendCaptures.ts"
import { IngestStoreUnavailable } from "../../../../src/infra/ingest/IngestStore.ts"
import { CheckpointMoved } from "../../../../src/infra/readmodel/commitBatch.ts"
import { ReadModelUnavailable } from "../../../../src/infra/readmodel/ReadModel.ts"
import { RelayDiverged } from "../../../../src/infra/readmodel/relayOutbox.ts"

/** What each kind of unavailability calls for, in the log and in both stores. */
const kinds = {
  busy: "retry",
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
} as const satisfies Record<
  (EventLogUnavailable | ReadModelUnavailable | IngestStoreUnavailable)["kind"],
  FailureClass
>

describe("failureClass", () => {
  for (const unavailable of [EventLogUnavailable, ReadModelUnavailable, IngestStoreUnavailable]) {
    const { kind: known } = unavailable.fields
    it.each(known.literals)(
      `knows what a ${unavailable.identifier} calls for that is %s`,
      (kind) => {
        const error = { _tag: unavailable.identifier, kind }
        expect(failureClass(error)).toBe(kinds[kind])
      },
    )
  }

  it("takes the tag and kind from the errors themselves", () => {
    const said = { operation: "append", reason: "for the test" }
    expect(failureClass(new EventLogUnavailable({ ...said, kind: "busy" }))).toBe("retry")
    expect(failureClass(new EventLogUnavailable({ ...said, kind: "not-ready" }))).toBe("wait")
    expect(failureClass(new ReadModelUnavailable({ ...said, kind: "other-version" }))).toBe("fatal")
    expect(failureClass(new IngestStoreUnavailable({ ...said, kind: "disk-full" }))).toBe("retry")
  })

  it("lets a projection go on at once where another process has taken its batch", () => {
    const error = new CheckpointMoved({ projection: "p", expected: "1", actual: "2" })
    expect(failureClass(error)).toBe("moved")
  })

  it("leaves a poison event to the operator", () => {
    const error = new PoisonEvent({
      position: "1",
      eventId: "e",
      type: "t",
      stream: "s",
      revision: 0,
      reason: "for the test",
    })
    expect(failureClass(error)).toBe("poison")
  })

  it("does not try again what would be the same the next time", () => {
    const diverged = new RelayDiverged({ stream: "s", eventId: "e", reason: "for the test" })
    expect(failureClass(diverged)).toBe("fatal")
    expect(failureClass(new SourceBusy({ stream: "s" }))).toBe("fatal")
    expect(failureClass({ _tag: "NeverHeardOf" })).toBe("fatal")
    expect(failureClass({ _tag: "EventLogUnavailable" })).toBe("fatal")
  })
})
