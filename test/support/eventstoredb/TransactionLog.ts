import { randomUUID } from "node:crypto"
import { type AppendOutcome, commitCheck, type Expected, type StreamState } from "./commitCheck.ts"
import { type LogRecord, type ProposedRecord, sizeOf } from "./LogRecord.ts"

/** A place in the transaction log: compared by `commit`, then by `prepare`. */
export interface LogPosition {
  readonly commit: bigint
  readonly prepare: bigint
}

/** Where the first event of the server itself begins; nothing is at 0. */
const firstPosition = 1_000
/** What a record costs in the file besides what is in it. */
const overhead = 90

/**
 * What the nodes of one cluster have in common: the committed events in their order. It keeps
 * nothing on disk; what a restart loses is lost by {@link forgetRecentIds}.
 */
export class TransactionLog {
  readonly records: Array<LogRecord> = []
  readonly #streams = new Map<string, StreamState>()
  /** The stream and revision at which an id was seen first. */
  readonly #recentIds = new Map<string, LogRecord>()
  readonly #listeners = new Set<() => void>()
  #end = firstPosition

  /** A log as a node begins it: with events of the server's own. */
  constructor() {
    this.append("$settings", "any", [systemRecord("$settings", { $userStreamAcl: {} })])
    this.append("$user-admin", "any", [systemRecord("$UserCreated", { loginName: "admin" })])
    this.append("$projections-$all", "any", [systemRecord("$ProjectionsInitialized", {})])
  }

  stream(name: string): StreamState | undefined {
    return this.#streams.get(name)
  }

  /** The index of the first record at or after a position. */
  indexAt(position: LogPosition): number {
    let [low, high] = [0, this.records.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(this.records[middle], position)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether a record begins exactly there, or the log ends there or before. */
  isPlace({ commit }: LogPosition): boolean {
    const record = this.records[this.indexAt({ commit, prepare: 0n })]
    return record === undefined || BigInt(record.commit) === commit
  }

  append(name: string, expected: Expected, proposed: ReadonlyArray<ProposedRecord>): AppendOutcome {
    const stream = this.#streams.get(name)
    const metadataExists = this.#streams.has(`$$${name}`)
    const check = commitCheck(
      stream,
      expected,
      proposed,
      (id) => {
        const seen = this.#recentIds.get(id)
        return seen?.stream === name ? seen : undefined
      },
      metadataExists,
    )
    if (check.kind !== "append") return check
    return { kind: "written", last: this.#write(name, proposed) }
  }

  /** Removes a stream: `soft` until it is written again, `tombstone` for ever. */
  delete(name: string, deletion: "soft" | "tombstone"): void {
    const stream = this.#streams.get(name) ?? this.#begin(name)
    stream.deletion = deletion
    stream.truncateBefore = Number.MAX_SAFE_INTEGER
  }

  /** Calls whenever something was written, until the answer is called. */
  onWritten(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** As a restart or a change of the leader does: the cache of recent ids is in memory only. */
  forgetRecentIds(): void {
    this.#recentIds.clear()
  }

  #begin(name: string): StreamState {
    const stream: StreamState = { records: [], truncateBefore: 0, deletion: "none" }
    this.#streams.set(name, stream)
    return stream
  }

  #write(name: string, proposed: ReadonlyArray<ProposedRecord>): LogRecord | undefined {
    const stream = this.#streams.get(name) ?? this.#begin(name)
    if (stream.deletion === "soft") {
      stream.deletion = "none"
      stream.truncateBefore = stream.records.length // revisions go on, what was before stays gone
    }
    const created = String(BigInt(Date.now()) * 10_000n)
    for (const one of proposed) {
      const revision = stream.records.length
      const record = {
        ...one,
        stream: name,
        revision,
        created,
        commit: this.#end,
        prepare: this.#end,
      }
      this.#end += sizeOf(one) + name.length + overhead
      stream.records.push(record)
      this.records.push(record)
      if (!this.#recentIds.has(one.id)) this.#recentIds.set(one.id, record)
    }
    for (const listener of this.#listeners) listener()
    return stream.records.at(-1)
  }
}

const isBefore = (record: LogRecord | undefined, position: LogPosition): boolean => {
  if (record === undefined) return false
  const commit = BigInt(record.commit)
  return commit === position.commit
    ? BigInt(record.prepare) < position.prepare
    : commit < position.commit
}

const systemRecord = (type: string, data: unknown): ProposedRecord => ({
  id: randomUUID(),
  type,
  contentType: "application/json",
  data: Buffer.from(JSON.stringify(data)),
  metadata: new Uint8Array(),
})
