import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { LogRecord } from "./LogRecord.ts"
import { streamIdentifier } from "./streamName.ts"
import { uuidMessage } from "./uuid.ts"

/** A record as it goes over the wire. */
export const readEvent = (record: LogRecord): streams.ReadResp => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
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
  const event = new streams.ReadResp.ReadEvent()
    .setEvent(recorded)
    .setCommitPosition(String(record.commit))
  return new streams.ReadResp().setEvent(event)
}
