import { randomUUID } from "node:crypto"
import persistent from "@eventstore/db-client/generated/persistent_pb.js"
import shared from "@eventstore/db-client/generated/shared_pb.js"
import type {
  handleBidiStreamingCall,
  handleUnaryCall,
  Metadata,
  UntypedServiceImplementation,
} from "@grpc/grpc-js"
import { refusedAccess } from "./access.ts"
import type { NodeContext } from "./Cluster.ts"
import { eventFilter } from "./eventFilter.ts"
import type { LogRecord } from "./LogRecord.ts"
import { type Consumer, type Handed, PersistentGroup } from "./PersistentGroup.ts"
import type { Refusal } from "./Refusal.ts"
import { refusalStatus } from "./refusalStatus.ts"
import { streamIdentifier, streamName } from "./streamName.ts"
import { uuidMessage, uuidText } from "./uuid.ts"

/** `PersistentSubscriptions`: creating, deleting and consuming; the leader alone does it. */
export const persistentSubscriptions = (node: NodeContext): UntypedServiceImplementation => ({
  create: create(node),
  delete: remove(node),
  read: consume(node),
})

const keyOf = (stream: string, group: string): string => `${stream}::${group}`

const refusedPersistent = (
  node: NodeContext,
  metadata: Metadata,
  stream: string,
): Refusal | undefined => {
  const insisting = metadata.clone()
  insisting.set("requires-leader", "true")
  return refusedAccess(node, insisting, { stream, write: false })
}

const create =
  (node: NodeContext): handleUnaryCall<persistent.CreateReq, persistent.CreateResp> =>
  (call, callback) => {
    const { log, groups } = node.cluster
    const options = call.request.getOptions()
    const all = options?.getAll()
    const stream = all === undefined ? streamName(identifierOf(options)) : "$all"
    const group = options?.getGroupName() ?? ""
    const refusal = refusedPersistent(node, call.metadata, stream)
    if (refusal !== undefined) return callback(refusalStatus(refusal))
    const key = keyOf(stream, group)
    if (groups.has(key)) {
      return callback(refusalStatus({ kind: "group-exists", stream, group }))
    }
    const records = (): ReadonlyArray<LogRecord> =>
      all === undefined ? (log.stream(stream)?.records ?? []) : log.records
    const start = all ?? options?.getStream()
    const from = start?.hasEnd()
      ? records().length
      : Number(options?.getStream()?.hasRevision() ? options.getStream()?.getRevision() : 0)
    const { wants } = eventFilter(all?.getFilter())
    const made = new PersistentGroup(records, wants, from)
    log.onWritten(() => made.hand())
    groups.set(key, made)
    callback(null, new persistent.CreateResp())
  }

// Older clients name the stream outside of its options.
const identifierOf = (options: persistent.CreateReq.Options | undefined) =>
  options?.getStream()?.getStreamIdentifier() ?? options?.getStreamIdentifier()

const remove =
  (node: NodeContext): handleUnaryCall<persistent.DeleteReq, persistent.DeleteResp> =>
  (call, callback) => {
    const options = call.request.getOptions()
    const stream = options?.hasAll() ? "$all" : streamName(options?.getStreamIdentifier())
    const group = options?.getGroupName() ?? ""
    if (node.cluster.groups.delete(keyOf(stream, group))) {
      return callback(null, new persistent.DeleteResp())
    }
    callback(refusalStatus({ kind: "no-group", stream, group }))
  }

const consume =
  (node: NodeContext): handleBidiStreamingCall<persistent.ReadReq, persistent.ReadResp> =>
  (call) => {
    const over = node.cluster.traffic.begin("persistent")
    let leave = over
    let consumer: Consumer | undefined
    let group: PersistentGroup | undefined
    const begin = (options: persistent.ReadReq.Options): void => {
      const stream = options.hasAll() ? "$all" : streamName(options.getStreamIdentifier())
      const name = options.getGroupName()
      group = node.cluster.groups.get(keyOf(stream, name))
      const refusal = refusedPersistent(node, call.metadata, stream)
      if (refusal !== undefined || group === undefined) {
        over()
        call.emit("error", refusalStatus(refusal ?? { kind: "no-group", stream, group: name }))
        return
      }
      const confirmation = new persistent.ReadResp.SubscriptionConfirmation()
      call.write(
        new persistent.ReadResp().setSubscriptionConfirmation(
          confirmation.setSubscriptionId(randomUUID()),
        ),
      )
      consumer = {
        capacity: options.getBufferSize(),
        working: new Map(),
        deliver: (handed) => call.write(deliveryOf(handed)),
      }
      const quit = group.join(consumer)
      leave = () => {
        over()
        quit()
      }
    }
    call.on("cancelled", () => leave())
    call.on("end", () => {
      leave()
      call.end()
    })
    call.on("data", (request: persistent.ReadReq) => {
      const options = request.getOptions()
      if (options !== undefined) begin(options)
      if (consumer === undefined || group === undefined) return
      const ack = request.getAck()
      if (ack !== undefined) group.done(consumer, idsOf(ack))
      const nack = request.getNack()
      if (nack === undefined) return
      const { RETRY, SKIP, STOP } = persistent.ReadReq.Nack.Action
      const action = nack.getAction()
      if (action === STOP) {
        leave()
        call.end()
      } else {
        const does = action === RETRY ? "retry" : action === SKIP ? "skip" : "park"
        group.failed(consumer, idsOf(nack), does)
      }
    })
  }

const idsOf = (message: persistent.ReadReq.Ack | persistent.ReadReq.Nack): ReadonlyArray<string> =>
  message.getIdsList().map((id) => uuidText(id) ?? "")

const deliveryOf = ({ record, retries }: Handed): persistent.ReadResp => {
  const recorded = new persistent.ReadResp.ReadEvent.RecordedEvent()
    .setId(uuidMessage(record.id))
    .setStreamIdentifier(streamIdentifier(record.stream))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(String(record.commit))
    .setPreparePosition(String(record.prepare))
    .setData(record.data)
    .setCustomMetadata(record.metadata)
  recorded
    .getMetadataMap()
    .set("type", record.type)
    .set("content-type", record.contentType)
    .set("created", record.created)
  const event = new persistent.ReadResp.ReadEvent()
    .setEvent(recorded)
    .setCommitPosition(String(record.commit))
  if (retries === 0) event.setNoRetryCount(new shared.Empty())
  else event.setRetryCount(retries)
  return new persistent.ReadResp().setEvent(event)
}
