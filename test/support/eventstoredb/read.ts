import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { handleServerStreamingCall } from "@grpc/grpc-js"
import { refusedAccess } from "./access.ts"
import type { NodeContext } from "./Cluster.ts"
import { eventFilter } from "./eventFilter.ts"
import type { LogRecord } from "./LogRecord.ts"
import { ReadCall } from "./ReadCall.ts"
import { readEvent } from "./readEvent.ts"
import { streamIdentifier, streamName } from "./streamName.ts"
import { streamRecords } from "./streamRecords.ts"
import { subscribe } from "./subscribe.ts"
import type { LogPosition } from "./TransactionLog.ts"

type Options = streams.ReadReq.Options

/** `Streams/Read`: reads and subscriptions, of one stream or of everything. */
export const read =
  (node: NodeContext): handleServerStreamingCall<streams.ReadReq, streams.ReadResp> =>
  (grpcCall) => {
    const { cluster } = node
    const options = grpcCall.request.getOptions() ?? new streams.ReadReq.Options()
    const subscription = options.hasSubscription()
    const call = new ReadCall(grpcCall, subscription ? "subscription" : "read", cluster.traffic)
    const name = options.hasStream()
      ? streamName(options.getStream()?.getStreamIdentifier())
      : "$all"
    const refusal = refusedAccess(node, grpcCall.metadata, { stream: name, write: false })
    if (refusal !== undefined) return call.refuse(refusal)
    const go = (): void => {
      if (name !== "$all") fromStream(node, call, options, name)
      else fromAll(node, call, options)
    }
    const fault = cluster.faults.next(subscription ? "subscribe" : "read")
    switch (fault?.kind) {
      case "drop":
        return node.cutCall(grpcCall.getPeer())
      case "silence":
        return
      case "end":
        return call.end()
      case "late":
        setTimeout(go, fault.millis).unref()
        return
      case "refuse":
        return call.refuse(fault.with)
      case undefined:
        return go()
    }
  }

const fromStream = (node: NodeContext, call: ReadCall, options: Options, name: string): void => {
  const { log } = node.cluster
  const state = log.stream(name)
  if (state?.deletion === "tombstone") {
    call.refuse({ kind: "stream-deleted", stream: name })
    return
  }
  const start = options.getStream()
  if (options.hasSubscription()) {
    const records = (): ReadonlyArray<LogRecord> => log.stream(name)?.records ?? []
    const first = streamRecords(log, name)?.[0]?.revision ?? 0
    const from = start?.hasEnd()
      ? records().length
      : start?.hasRevision()
        ? Number(start.getRevision()) + 1
        : first
    void subscribe(node, call, {
      records,
      from: Math.max(from, first),
      filter: eventFilter(undefined),
    })
    return
  }
  const records = streamRecords(log, name)
  if (records === undefined) {
    const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(
      streamIdentifier(name),
    )
    void call.send(new streams.ReadResp().setStreamNotFound(missing)).then(() => call.end())
    return
  }
  const revision = start?.hasRevision() ? Number(start.getRevision()) : undefined
  const forwards = isForwards(options)
  const page = forwards
    ? start?.hasEnd()
      ? []
      : records.filter((record) => record.revision >= (revision ?? 0))
    : start?.hasStart()
      ? []
      : records.filter((record) => record.revision <= (revision ?? record.revision)).reverse()
  void sendAll(call, page.slice(0, Number(options.getCount())))
}

const fromAll = (node: NodeContext, call: ReadCall, options: Options): void => {
  const { log } = node.cluster
  const start = options.getAll()
  const place = start?.getPosition()
  const position: LogPosition | undefined =
    place === undefined
      ? undefined
      : { commit: BigInt(place.getCommitPosition()), prepare: BigInt(place.getPreparePosition()) }
  if (position !== undefined && !log.isPlace(position)) {
    call.refuse({ kind: "bad-request", text: "Invalid position." })
    return
  }
  const filter = eventFilter(options.getFilter())
  const end = log.records.length
  if (options.hasSubscription()) {
    const from =
      position === undefined
        ? start?.hasEnd()
          ? end
          : 0
        : after(log.records, log.indexAt(position), position)
    void subscribe(node, call, { records: () => log.records, from, filter })
    return
  }
  const index = position === undefined ? (start?.hasEnd() ? end : 0) : log.indexAt(position)
  const count = Number(options.getCount())
  // Backwards the server reads what lies before the position: the event that begins there does not.
  const page = isForwards(options)
    ? log.records.slice(index, index + count)
    : log.records.slice(Math.max(0, index - count), index).reverse()
  void sendAll(call, page.filter(filter.wants))
}

/** A subscription goes on after its position, also where that is the very event. */
const after = (records: ReadonlyArray<LogRecord>, index: number, position: LogPosition): number => {
  const there = records[index]
  return there !== undefined &&
    BigInt(there.commit) === position.commit &&
    BigInt(there.prepare) === position.prepare
    ? index + 1
    : index
}

const isForwards = (options: Options): boolean => Number(options.getReadDirection()) === 0

const sendAll = async (call: ReadCall, records: ReadonlyArray<LogRecord>): Promise<void> => {
  for (const record of records) {
    if (call.ended) return
    await call.send(readEvent(record))
  }
  call.end()
}
