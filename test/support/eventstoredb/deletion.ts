import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { handleUnaryCall } from "@grpc/grpc-js"
import { refusedAccess } from "./access.ts"
import type { NodeContext } from "./Cluster.ts"
import { refusalStatus } from "./refusalStatus.ts"
import { streamName } from "./streamName.ts"

type Options = streams.DeleteReq.Options | streams.TombstoneReq.Options

/** `Streams/Delete`: gone from reads until it is written again. */
export const softDelete =
  (node: NodeContext): handleUnaryCall<streams.DeleteReq, streams.DeleteResp> =>
  (call, callback) => {
    const error = remove(node, call.metadata, call.request.getOptions(), "soft")
    callback(error ?? null, error === undefined ? new streams.DeleteResp() : null)
  }

/** `Streams/Tombstone`: gone for ever, and its name with it. */
export const tombstone =
  (node: NodeContext): handleUnaryCall<streams.TombstoneReq, streams.TombstoneResp> =>
  (call, callback) => {
    const error = remove(node, call.metadata, call.request.getOptions(), "tombstone")
    callback(error ?? null, error === undefined ? new streams.TombstoneResp() : null)
  }

const remove = (
  node: NodeContext,
  metadata: Parameters<typeof refusedAccess>[1],
  options: Options | undefined,
  deletion: "soft" | "tombstone",
): ReturnType<typeof refusalStatus> | undefined => {
  const { log, traffic } = node.cluster
  traffic.begin("delete")()
  const stream = streamName(options?.getStreamIdentifier())
  const refusal = refusedAccess(node, metadata, { stream, write: true })
  if (refusal !== undefined) return refusalStatus(refusal)
  const state = log.stream(stream)
  if (state?.deletion === "tombstone") return refusalStatus({ kind: "stream-deleted", stream })
  const actual = (state?.records.length ?? 0) - 1
  const expected = options?.hasRevision()
    ? Number(options.getRevision())
    : options?.hasNoStream()
      ? -1
      : -2
  if (expected !== -2 && expected !== actual) {
    return refusalStatus({ kind: "wrong-version", stream, expected, actual })
  }
  log.delete(stream, deletion)
  return undefined
}
