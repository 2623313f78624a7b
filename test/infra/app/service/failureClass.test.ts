import { describe, expect, it } from "vitest"
import { PoisonEvent } from "../../../../src/domain/event/codec.ts"
import { failureClass, toFailure } from "../../../../src/infra/app/service/failureClass.ts"
import { EventLogUnavailable } from "../../../../src/infra/eventlog/EventLog.ts"
import { SourceBusy } from "../../../../src/infra/ingest/appendCaptures.ts"
import { IngestStoreUnavailable } from "../../../../src/infra/ingest/IngestStore.ts"
import { NotALog } from "../../../../src/infra/ingest/NotALog.ts"
import { SourceUnreadable } from "../../../../src/infra/ingest/SourceUnreadable.ts"
import { CheckpointMoved } from "../../../../src/infra/readmodel/project.ts"
import { ReadModelUnavailable } from "../../../../src/infra/readmodel/ReadModel.ts"
import { RelayDiverged } from "../../../../src/infra/readmodel/relayOutbox.ts"
import { VectorStoreUnavailable } from "../../../../src/infra/vectorstore/VectorStore.ts"

const fields = { operation: "append", reason: "for the test" }

const make = {
  EventLogUnavailable: (kind: EventLogUnavailable["kind"]) =>
    new EventLogUnavailable({ ...fields, kind }),
  ReadModelUnavailable: (kind: ReadModelUnavailable["kind"]) =>
    new ReadModelUnavailable({ ...fields, kind }),
  IngestStoreUnavailable: (kind: IngestStoreUnavailable["kind"]) =>
    new IngestStoreUnavailable({ ...fields, kind }),
  VectorStoreUnavailable: (kind: VectorStoreUnavailable["kind"]) =>
    new VectorStoreUnavailable({ ...fields, kind }),
}

/** What each kind of unavailability calls for, in the log and in the stores. */
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
  "other-log": "fatal",
  "no-extension": "fatal",
} as const

describe("failureClass", () => {
  it.each([
    ...EventLogUnavailable.fields.kind.literals.map(make.EventLogUnavailable),
    ...ReadModelUnavailable.fields.kind.literals.map(make.ReadModelUnavailable),
    ...IngestStoreUnavailable.fields.kind.literals.map(make.IngestStoreUnavailable),
    ...VectorStoreUnavailable.fields.kind.literals.map(make.VectorStoreUnavailable),
  ])("knows what $_tag of the kind $kind calls for", (error) => {
    expect(failureClass(error)).toBe(kinds[error.kind])
  })

  it("lets a projection start again at once where another process has folded its batch", () => {
    const error = new CheckpointMoved({ projection: "p", expected: "1", actual: "2" })
    expect(failureClass(error)).toBe("moved")
  })

  it("leaves a poison event to the operator, and keeps the message", () => {
    const error = new PoisonEvent({
      position: "1",
      eventId: "e",
      type: "t",
      stream: "s",
      revision: 0,
      reason: "for the test",
    })
    expect(toFailure(error)).toEqual({ class: "poison", message: error.message })
  })

  it.each([
    new RelayDiverged({ stream: "s", eventId: "e", reason: "for the test" }),
    new SourceUnreadable({ path: "a.log", reason: "for the test" }),
    new NotALog({ path: "a.log" }),
  ])("does not try again what would be the same next time: $_tag", (error) => {
    expect(failureClass(error)).toBe("fatal")
  })

  it("waits for a source that another process reads, which may end any time", () => {
    expect(failureClass(new SourceBusy({ stream: "s" }))).toBe("wait")
  })

  it("does not compile for an error that nobody has classified", () => {
    // @ts-expect-error: not in the union of errors that work may fail with
    failureClass({ _tag: "NeverHeardOf", message: "" })
  })
})
