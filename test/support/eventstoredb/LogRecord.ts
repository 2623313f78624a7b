/** An event as it is proposed to the server. */
export interface ProposedRecord {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

/**
 * An event as the server has it. `commit` and `prepare` are where it begins in the transaction log,
 * in bytes; both are the same for whatever was not written through the old TCP transactions.
 */
export interface LogRecord extends ProposedRecord {
  readonly commit: number
  readonly prepare: number
  readonly stream: string
  readonly revision: number
  /** Ticks of 100 ns since 1970, in decimal. */
  readonly created: string
}

/** What the server counts against its limits: data, metadata and twice the length of the type. */
export const sizeOf = (record: ProposedRecord): number =>
  record.data.length + record.metadata.length + 2 * record.type.length
