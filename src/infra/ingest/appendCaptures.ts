import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { NewEvent } from "../../domain/event/events.ts"
import {
  EventLog,
  type EventLogUnavailable,
  type ExpectedRevision,
  WrongExpectedRevision,
} from "../eventlog/EventLog.ts"

/** Another process is writing the captures of the same source. */
export class SourceBusy extends Schema.TaggedError<SourceBusy>()("SourceBusy", {
  stream: Schema.String,
}) {
  override get message(): string {
    return `another process is ingesting into ${this.stream}: let it finish, then run this again; nothing will be doubled`
  }
}

/** What came of appending some captures. */
export interface AppendedCaptures {
  readonly revision: ExpectedRevision
  readonly appended: number
  readonly duplicates: number
}

/** Events are appended at most this many at a time. */
const largestAppend = 2000
/** How often in a row another writer may be faster. */
const mostOvertaken = 5

/**
 * Appends the captures that the log does not hold yet, at exactly the revision this process has
 * left the stream at. Where another writer was faster, it goes on behind what that one has written:
 * a process that was killed may have sent an append that the server takes only now, and a replica
 * may read the same files.
 */
export const appendCaptures = Effect.fnUntraced(function* (
  stream: string,
  revision: ExpectedRevision,
  captures: ReadonlyArray<NewEvent>,
): Effect.fn.Return<AppendedCaptures, SourceBusy | EventLogUnavailable, EventLog> {
  let at = revision
  let appended = 0
  for (let start = 0; start < captures.length; start += largestAppend) {
    const written = yield* appendUnknown(stream, at, captures.slice(start, start + largestAppend))
    at = written.revision
    appended += written.appended
  }
  return { revision: at, appended, duplicates: captures.length - appended }
})

type Written = Omit<AppendedCaptures, "duplicates">

const appendUnknown = Effect.fnUntraced(function* (
  stream: string,
  revision: ExpectedRevision,
  captures: ReadonlyArray<NewEvent>,
): Effect.fn.Return<Written, SourceBusy | EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  let at = revision
  let overtaken = 0
  for (;;) {
    const seen = new Set<string>(yield* log.known(captures.map((event) => event.id)))
    const events = captures.filter((event) => {
      if (seen.has(event.id)) return false
      seen.add(event.id)
      return true
    })
    if (events.length === 0) return { revision: at, appended: 0 }
    const result = yield* Effect.result(log.append({ stream, expectedRevision: at, events }))
    if (result._tag === "Success") {
      return { revision: result.success.revision, appended: events.length }
    }
    if (!(result.failure instanceof WrongExpectedRevision)) return yield* result.failure
    const { actual } = result.failure
    // The stream is where we left it: another source has just brought one of these captures.
    if (actual === at) continue
    if (!isBehind(at, actual) || ++overtaken > mostOvertaken)
      return yield* new SourceBusy({ stream })
    at = actual
  }
})

const isBehind = (revision: ExpectedRevision, other: ExpectedRevision): boolean =>
  other !== "no_stream" && (revision === "no_stream" || revision < other)
