import shared from "@eventstore/db-client/generated/shared_pb.js"
import statusPb from "@eventstore/db-client/generated/status_pb.js"
import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { handleBidiStreamingCall } from "@grpc/grpc-js"
import type { Message } from "google-protobuf"
import anyPb from "google-protobuf/google/protobuf/any_pb.js"
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js"
import { type AppendAnswer, performAppend } from "./AppendRequest.ts"
import type { NodeContext } from "./Cluster.ts"
import type { AppendOutcome, Expected } from "./commitCheck.ts"
import type { ProposedRecord } from "./LogRecord.ts"
import type { Refusal } from "./Refusal.ts"
import { refusalStatus } from "./refusalStatus.ts"
import { streamIdentifier, streamName } from "./streamName.ts"
import { proposedRecord } from "./unaryAppend.ts"
import { uuidMessage, uuidText } from "./uuid.ts"

/** An append of which not all parts have come. */
interface Pending {
  readonly stream: string
  readonly expected: Expected
  readonly deadline: number | undefined
  readonly events: Array<ProposedRecord | undefined>
}

type Call = Parameters<handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp>>[0]

/** `Streams/BatchAppend`: many appends on one call, told apart by what their answers correlate to. */
export const batchAppend =
  (node: NodeContext): handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp> =>
  (call) => {
    const over = node.cluster.traffic.begin("batch")
    const pending = new Map<string, Pending>()
    call.on("cancelled", over)
    call.on("error", over)
    call.on("end", () => {
      over()
      call.end()
    })
    call.on("data", (request: streams.BatchAppendReq) => {
      const id = uuidText(request.getCorrelationId())
      if (id === undefined) {
        call.emit("error", refusalStatus({ kind: "bad-request", text: "no correlation id" }))
        return
      }
      const append = pending.get(id) ?? begun(request.getOptions())
      append.events.push(...request.getProposedMessagesList().map(proposedRecord))
      pending.set(id, append)
      if (!request.getIsFinal()) return
      pending.delete(id)
      const { deadline, ...rest } = append
      const asked = deadline === undefined ? rest : { ...rest, deadline }
      performAppend(node, call.metadata, asked, answerOn(node, call, over, id, append))
    })
  }

const begun = (options: streams.BatchAppendReq.Options | undefined): Pending => ({
  stream: streamName(options?.getStreamIdentifier()),
  expected: expectedOf(options),
  deadline: options?.getDeadline()?.toDate().getTime(),
  events: [],
})

const expectedOf = (options: streams.BatchAppendReq.Options | undefined): Expected => {
  if (options?.hasNoStream()) return "no_stream"
  if (options?.hasStreamExists()) return "stream_exists"
  return options?.hasStreamPosition() ? Number(options.getStreamPosition()) : "any"
}

const answerOn = (
  node: NodeContext,
  call: Call,
  over: () => void,
  id: string,
  { expected, stream }: Pending,
): AppendAnswer => {
  const respond = (correlation = id): streams.BatchAppendResp =>
    new streams.BatchAppendResp()
      .setCorrelationId(uuidMessage(correlation))
      .setStreamIdentifier(streamIdentifier(stream))
  const send = (response: streams.BatchAppendResp): void => {
    if (!call.cancelled && !call.destroyed) call.write(response)
  }
  const fail = (status: statusPb.Status): void => send(respond().setError(status))
  const refuse = (refusal: Refusal): void => {
    const status = batchStatus(refusal, stream)
    if (status !== undefined) fail(status)
    else {
      over()
      call.emit("error", refusalStatus(refusal)) // some refusals end the whole stream of appends
    }
  }
  return {
    done: (outcome) => {
      if (outcome.kind === "stream-deleted") return refuse({ kind: "stream-deleted", stream })
      if (outcome.kind === "wrong-version") return fail(wrongVersion(expected, outcome.actual))
      send(respond().setSuccess(successOf(outcome)))
    },
    refuse,
    drop: () => node.cutCall(call.getPeer()),
    end: () => {
      over()
      call.end()
    },
    unknownError: () => fail(withText(13, "Something that no client has heard of")),
    noDetails: () => fail(new statusPb.Status().setCode(13).setMessage("no details")),
    strange: () => send(respond("00000000-0000-4000-8000-000000000000")),
  }
}

const successOf = (
  outcome: Extract<AppendOutcome, { readonly kind: "written" | "repeated" }>,
): streams.BatchAppendResp.Success => {
  const success = new streams.BatchAppendResp.Success()
  if (outcome.last === undefined) {
    return success.setNoStream(new emptyPb.Empty()).setNoPosition(new emptyPb.Empty())
  }
  const position = new shared.AllStreamPosition()
    .setCommitPosition(String(outcome.last.commit))
    .setPreparePosition(String(outcome.last.prepare))
  return success.setCurrentRevision(String(outcome.last.revision)).setPosition(position)
}

// A code is of no use to the clients: they look at the name of the details only.
const detailed = (code: number, text: string, name: string, details: Message): statusPb.Status => {
  const any = new anyPb.Any()
  any.pack(details.serializeBinary(), name)
  // The enum of codes lives in types alone; these are its numbers.
  return new statusPb.Status().setCode(code).setMessage(text).setDetails(any)
}

const withText = (code: number, text: string): statusPb.Status =>
  detailed(code, text, "google.protobuf.Empty", new emptyPb.Empty())

const wrongVersion = (expected: Expected, actual: number | "no_stream"): statusPb.Status => {
  const wrong = new shared.WrongExpectedVersion()
  if (actual === "no_stream") wrong.setCurrentNoStream(new emptyPb.Empty())
  else wrong.setCurrentStreamRevision(String(actual))
  if (expected === "any") wrong.setExpectedAny(new emptyPb.Empty())
  else if (expected === "no_stream") wrong.setExpectedNoStream(new emptyPb.Empty())
  else if (expected === "stream_exists") wrong.setExpectedStreamExists(new emptyPb.Empty())
  else wrong.setExpectedStreamPosition(String(expected))
  return detailed(
    6,
    "Append failed due to WrongExpectedVersion.",
    "event_store.client.WrongExpectedVersion",
    wrong,
  )
}

/** A refusal of one append; `undefined` for those that are of the whole stream. */
const batchStatus = (refusal: Refusal, stream: string): statusPb.Status | undefined => {
  const prefix = "event_store.client."
  switch (refusal.kind) {
    case "stream-deleted": {
      const deleted = new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream))
      return detailed(9, `Event stream '${stream}' is deleted.`, `${prefix}StreamDeleted`, deleted)
    }
    case "access-denied":
      return detailed(7, "Access Denied", `${prefix}AccessDenied`, new shared.AccessDenied())
    case "timeout":
      return detailed(4, "Timeout", `${prefix}Timeout`, new shared.Timeout())
    case "append-too-large": {
      const exceeded = new shared.MaximumAppendSizeExceeded().setMaxappendsize(refusal.limit)
      return detailed(
        3,
        "Maximum Append Size Exceeded",
        `${prefix}MaximumAppendSizeExceeded`,
        exceeded,
      )
    }
    case "event-too-large":
      return withText(3, `MaximumAppendEventSizeExceeded of ${refusal.limit}`)
    case "bad-request": {
      const bad = new shared.BadRequest().setMessage(refusal.text)
      return detailed(3, refusal.text, `${prefix}BadRequest`, bad)
    }
    case "no-leader":
      return withText(2, "No leader info available in response")
    case "not-ready":
      return withText(14, "Server Is Not Ready")
    case "too-busy":
      return withText(14, "Server Is Too Busy")
    default:
      return undefined
  }
}
