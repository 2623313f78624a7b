import type { LogRecord } from "./LogRecord.ts"

/** An event handed to a consumer, and how often that was so before. */
export interface Handed {
  readonly record: LogRecord
  readonly retries: number
}

/** Somebody who takes events of a group; `capacity` is how many it works on at once. */
export interface Consumer {
  readonly capacity: number
  readonly working: Map<string, Handed>
  readonly deliver: (handed: Handed) => void
}

/** How often an event is tried before it is parked. */
const mostRetries = 10

/**
 * A persistent subscription: the server keeps what has been worked off, for consumers that compete.
 * What one of them does not finish goes to the next; what fails for too long is parked.
 */
export class PersistentGroup {
  readonly #records: () => ReadonlyArray<LogRecord>
  readonly #wants: (record: LogRecord) => boolean
  readonly #again: Array<Handed> = []
  readonly #consumers = new Set<Consumer>()
  readonly parked: Array<LogRecord> = []
  #next: number

  constructor(
    records: () => ReadonlyArray<LogRecord>,
    wants: (record: LogRecord) => boolean,
    from: number,
  ) {
    this.#records = records
    this.#wants = wants
    this.#next = from
  }

  /** Adds a consumer; the answer takes it away, and gives what it worked on to others. */
  join(consumer: Consumer): () => void {
    this.#consumers.add(consumer)
    this.hand()
    return () => {
      this.#consumers.delete(consumer)
      this.#again.push(...consumer.working.values())
      consumer.working.clear()
      this.hand()
    }
  }

  /** Hands out what there is to whoever has room. */
  hand(): void {
    for (;;) {
      const free = [...this.#consumers].find(({ capacity, working }) => working.size < capacity)
      if (free === undefined) return
      const handed = this.#again.shift() ?? this.#fresh()
      if (handed === undefined) return
      free.working.set(handed.record.id, handed)
      free.deliver(handed)
    }
  }

  done(consumer: Consumer, ids: ReadonlyArray<string>): void {
    for (const id of ids) consumer.working.delete(id)
    this.hand()
  }

  failed(consumer: Consumer, ids: ReadonlyArray<string>, action: "park" | "retry" | "skip"): void {
    for (const id of ids) {
      const handed = consumer.working.get(id)
      if (handed === undefined) continue
      consumer.working.delete(id)
      if (action === "retry" && handed.retries < mostRetries) {
        this.#again.push({ ...handed, retries: handed.retries + 1 })
      } else if (action !== "skip") this.parked.push(handed.record)
    }
    this.hand()
  }

  #fresh(): Handed | undefined {
    const records = this.#records()
    while (this.#next < records.length) {
      const record = records[this.#next++]
      if (record !== undefined && this.#wants(record)) return { record, retries: 0 }
    }
    return undefined
  }
}
