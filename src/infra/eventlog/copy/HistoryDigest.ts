import { createHash } from "node:crypto"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import { firstRecordedAt, withoutRecordedTime } from "./recordedTime.ts"

/**
 * What makes two histories the same: each event with its stream, revision, id, type, data,
 * metadata and the time it was first recorded, in order. Positions are each log's own.
 */
export class HistoryDigest {
  readonly #hash = createHash("sha256")
  count = 0

  add(event: RecordedEvent): void {
    const { stream, revision, id, type, data } = event
    const said = [stream, revision, id, type, data, withoutRecordedTime(event)]
    this.#hash.update(`${JSON.stringify([...said, firstRecordedAt(event)])}\n`)
    this.count++
  }

  /** 64 hexadecimal digits. To be asked once, at the end. */
  hex(): string {
    return this.#hash.digest("hex")
  }
}
