import type { SourceRecord } from "../SourceRecord.ts"

/** Something that log shippers put records into. */
export interface Envelope {
  /** The records inside; `undefined` where a record is no such envelope. */
  readonly open: (record: SourceRecord) => ReadonlyArray<SourceRecord> | undefined
  /**
   * Set where a record of this shape is an envelope whatever is inside. Of the others it is believed
   * only if what is inside is a record of the format.
   */
  readonly isCertain?: true
  /** Set where one of what is inside is the record, and the others are something else. */
  readonly isChoice?: true
}
