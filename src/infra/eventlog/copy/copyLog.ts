import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { NewEvent, RecordedEvent } from "../../../domain/event/events.ts"
import type { EventId } from "../../../domain/event/ids.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import {
  type Appended,
  type EventLog,
  type EventLogUnavailable,
  type StreamWrite,
  WrongExpectedRevision,
} from "../EventLog.ts"
import { HistoryDigest } from "./HistoryDigest.ts"
import { withRecordedTime } from "./recordedTime.ts"

/** The history cannot be copied; `reason` says why and what to do. Nothing was overwritten. */
export class CopyRefused extends Schema.TaggedError<CopyRefused>()("CopyRefused", {
  reason: Schema.String,
}) {
  override get message(): string {
    return `the log was not copied: ${this.reason}`
  }
}

type Log = EventLog["Service"]

/** How far a copy is: for whoever watches. */
export interface CopyProgress {
  phase: "comparing" | "copying" | "verifying"
  /** Events of the history that is copied, 0 where that is not known. */
  total: number
  /** How many the phase is through with. */
  done: number
}

/** What a copy came to. */
export interface Copied {
  /** Events in both logs now. */
  readonly events: number
  /** Those that were written now; the others were there from an earlier copy. */
  readonly copied: number
  /** The SHA-256 over the history, the same on both sides. */
  readonly digest: string
}

const pageSize = 1000

/**
 * Copies the history of a log, up to where it is now, into another one: the same streams,
 * revisions, ids and order, events of types that this version does not know too. What an earlier copy has brought stays; a target that holds anything
 * else is refused. In the end both are read whole and compared.
 */
export const copyLog = Effect.fn("copyLog")(function* (
  from: Log,
  to: Log,
  progress: CopyProgress,
): Effect.fn.Return<Copied, CopyRefused | EventLogUnavailable> {
  const { head } = yield* from.health
  // Others than the embedded log would have to read everything to count it.
  const { layer } = yield* from.health
  if (layer === "embedded") progress.total = yield* from.gap(beginning)
  const { after, count } = yield* samePart(from, to, head, progress)
  progress.phase = "copying"
  let at = after
  let copied = 0
  while (true) {
    const page = yield* pageOf(from, at, head)
    const last = page.at(-1)
    if (last === undefined) break
    yield* write(to, page)
    at = last.position
    copied += page.length
    progress.done = count + copied
  }
  progress.phase = "verifying"
  progress.done = 0
  const source = yield* digestOf(from, head, (events) => {
    progress.done += events / 2
  })
  const target = yield* digestOf(to, undefined, (events) => {
    progress.done += events / 2
  })
  const digest = source.hex()
  if (source.count !== target.count || digest !== target.hex()) {
    return yield* new CopyRefused({
      reason: `after copying, the logs differ: ${source.count} events here, ${target.count} there. Something else writes to the target: stop it, and copy into an empty log`,
    })
  }
  return { events: target.count, copied, digest }
})

/** Events after a position and up to another, whatever their type; not those of a server itself. */
const pageOf = (
  log: Log,
  after: Position,
  upTo: Position | undefined,
  limit = pageSize,
): Effect.Effect<ReadonlyArray<RecordedEvent>, EventLogUnavailable> =>
  Effect.map(log.readAll({ direction: "forwards", from: after, limit }), (events) =>
    upTo === undefined ? events : events.filter(({ position }) => position <= upTo),
  )

/** Compares the target, which must be a beginning of the source, and answers where that ends. */
const samePart = Effect.fnUntraced(function* (
  from: Log,
  to: Log,
  head: Position,
  progress: CopyProgress,
): Effect.fn.Return<
  { readonly after: Position; readonly count: number },
  CopyRefused | EventLogUnavailable
> {
  let here = beginning
  let there = beginning
  let count = 0
  while (true) {
    const copies = yield* pageOf(to, there, undefined)
    if (copies.length === 0) return { after: here, count }
    const originals = yield* pageOf(from, here, head, copies.length)
    for (const [index, copy] of copies.entries()) {
      const original = originals[index]
      if (original !== undefined && isCopyOf(copy, original)) continue
      return yield* new CopyRefused({
        reason:
          original === undefined
            ? `the target holds more than the source: ${copy.type} ${copy.id} and perhaps others come after the ${count + index} events that are the same. Copy into an empty log`
            : `the target holds another history: its event ${count + index + 1} is ${copy.type} ${copy.id} in ${copy.stream}, that of the source ${original.type} ${original.id} in ${original.stream}. Copy into an empty log`,
      })
    }
    here = originals.at(-1)?.position ?? here
    there = copies.at(-1)?.position ?? there
    count += copies.length
    progress.done = count
  }
})

const isCopyOf = (copy: RecordedEvent, original: RecordedEvent): boolean =>
  copy.id === original.id && copy.stream === original.stream && copy.revision === original.revision

/** Appends events in their order: one write for each run of events of one stream. */
const write = Effect.fnUntraced(function* (
  to: Log,
  events: ReadonlyArray<RecordedEvent>,
): Effect.fn.Return<void, CopyRefused | EventLogUnavailable> {
  for (const result of yield* appendInOrder(to, writesOf(events))) {
    if (!(result instanceof WrongExpectedRevision)) continue
    const expired = result.actual === "no_stream" && result.expected !== "no_stream"
    return yield* new CopyRefused({
      reason: expired
        ? `stream ${result.stream} begins at revision ${Number(result.expected) + 1} in the source: what came before has expired or was deleted there, and a stream of another log cannot begin there`
        : `${result.message} while it was copied into. Stop what writes to the target, and copy into an empty log`,
    })
  }
})

// A server may be given many writes at once, which then come to stand in any order.
const appendInOrder = Effect.fnUntraced(function* (
  to: Log,
  writes: ReadonlyArray<StreamWrite>,
): Effect.fn.Return<ReadonlyArray<Appended | WrongExpectedRevision>, EventLogUnavailable> {
  const { layer } = yield* to.health
  if (layer !== "eventstoredb") return yield* to.appendMany(writes)
  const results: Array<Appended | WrongExpectedRevision> = []
  for (const write of writes) {
    const result = yield* to
      .append(write)
      .pipe(Effect.catchTag("WrongExpectedRevision", Effect.succeed))
    results.push(result)
    if (result instanceof WrongExpectedRevision) break
  }
  return results
})

const writesOf = (events: ReadonlyArray<RecordedEvent>): ReadonlyArray<StreamWrite> => {
  const writes: Array<StreamWrite & { readonly events: Array<NewEvent>; next: number }> = []
  for (const event of events) {
    const { stream, revision } = event
    const last = writes.at(-1)
    if (last !== undefined && last.stream === stream && last.next === revision) {
      last.events.push(copyOf(event))
      last.next++
      continue
    }
    const expectedRevision = revision === 0 ? "no_stream" : revision - 1
    writes.push({ stream, expectedRevision, events: [copyOf(event)], next: revision + 1 })
  }
  return writes
}

const copyOf = (event: RecordedEvent): NewEvent => {
  const { id, type, data } = event
  const copied: { id: EventId; type: string; data: unknown; metadata: unknown } = {
    id,
    type,
    data,
    metadata: withRecordedTime(event),
  }
  return copied as NewEvent // a copy says what the original said, whether or not it decodes
}

const digestOf = Effect.fnUntraced(function* (
  log: Log,
  upTo: Position | undefined,
  onPage: (events: number) => void,
): Effect.fn.Return<HistoryDigest, EventLogUnavailable> {
  const digest = new HistoryDigest()
  let at = beginning
  while (true) {
    const page = yield* pageOf(log, at, upTo)
    for (const event of page) digest.add(event)
    onPage(page.length)
    const last = page.at(-1)
    if (last === undefined) return digest
    at = last.position
  }
})
