import shared from "@eventstore/db-client/generated/shared_pb.js"
import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { handleClientStreamingCall } from "@grpc/grpc-js"
import { performAppend } from "./AppendRequest.ts"
import type { NodeContext } from "./Cluster.ts"
import type { AppendOutcome, Expected } from "./commitCheck.ts"
import type { ProposedRecord } from "./LogRecord.ts"
import { refusalStatus } from "./refusalStatus.ts"
import { streamName } from "./streamName.ts"
import { uuidText } from "./uuid.ts"

type Proposed = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage

/** The event in a message; `undefined` where its id is no UUID. */
export const proposedRecord = (message: Proposed): ProposedRecord | undefined => {
  const id = uuidText(message.getId())
  if (id === undefined) return undefined
  return {
    id,
    type: message.getMetadataMap().get("type") ?? "",
    contentType: message.getMetadataMap().get("content-type") ?? "application/octet-stream",
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

/** `Streams/Append`: one call for one append, and a wrong version inside an answer that is OK. */
export const unaryAppend =
  (node: NodeContext): handleClientStreamingCall<streams.AppendReq, streams.AppendResp> =>
  (call, callback) => {
    const over = node.cluster.traffic.begin("append")
    let options: streams.AppendReq.Options | undefined
    const events: Array<ProposedRecord | undefined> = []
    call.on("cancelled", over)
    call.on("error", over)
    call.on("data", (request: streams.AppendReq) => {
      options = request.getOptions() ?? options
      const message = request.getProposedMessage()
      if (message !== undefined) events.push(proposedRecord(message))
    })
    const append = (): void => {
      // What has come of an append that was given up is not an append.
      if (call.cancelled) return
      const stream = streamName(options?.getStreamIdentifier())
      const expected = expectedOf(options)
      const fail = (error: Parameters<typeof callback>[0]): void => {
        over()
        callback(error)
      }
      performAppend(
        node,
        call.metadata,
        { stream, expected, events },
        {
          done: (outcome) => {
            if (outcome.kind === "stream-deleted") {
              return fail(refusalStatus({ kind: "stream-deleted", stream }))
            }
            over()
            callback(null, answerOf(outcome, expected))
          },
          refuse: (refusal) => fail(refusalStatus(refusal)),
          drop: () => node.cutCall(call.getPeer()),
          end: () => node.cutCall(call.getPeer()),
          unknownError: () => fail(refusalStatus({ kind: "internal" })),
          noDetails: () => fail(refusalStatus({ kind: "internal" })),
          strange: () => fail(refusalStatus({ kind: "internal" })),
        },
      )
    }
    // A call that is cancelled ends too, and is said to be cancelled only then.
    call.on("end", () => setImmediate(append))
  }

const expectedOf = (options: streams.AppendReq.Options | undefined): Expected => {
  if (options?.hasNoStream()) return "no_stream"
  if (options?.hasStreamExists()) return "stream_exists"
  return options?.hasRevision() ? Number(options.getRevision()) : "any"
}

const answerOf = (
  outcome: Exclude<AppendOutcome, { readonly kind: "stream-deleted" }>,
  expected: Expected,
): streams.AppendResp => {
  const answer = new streams.AppendResp()
  if (outcome.kind === "wrong-version") {
    const wrong = new streams.AppendResp.WrongExpectedVersion()
    if (outcome.actual === "no_stream") wrong.setCurrentNoStream(new shared.Empty())
    else wrong.setCurrentRevision(String(outcome.actual))
    if (expected === "any") wrong.setExpectedAny(new shared.Empty())
    else if (expected === "no_stream") wrong.setExpectedNoStream(new shared.Empty())
    else if (expected === "stream_exists") wrong.setExpectedStreamExists(new shared.Empty())
    else wrong.setExpectedRevision(String(expected))
    return answer.setWrongExpectedVersion(wrong)
  }
  const success = new streams.AppendResp.Success()
  if (outcome.last === undefined) {
    success.setNoStream(new shared.Empty()).setNoPosition(new shared.Empty())
  } else {
    const position = new streams.AppendResp.Position()
      .setCommitPosition(String(outcome.last.commit))
      .setPreparePosition(String(outcome.last.prepare))
    success.setCurrentRevision(String(outcome.last.revision)).setPosition(position)
  }
  return answer.setSuccess(success)
}
