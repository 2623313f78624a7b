import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { NewEvent } from "../../domain/events.ts"
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

/**
 * Appends the captures that the log does not hold yet, at exactly the revision this process has
 * left the stream at.
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

const appendUnknown: (
  stream: string,
  revision: ExpectedRevision,
  captures: ReadonlyArray<NewEvent>,
) => Effect.Effect<Written, SourceBusy | EventLogUnavailable, EventLog> = Effect.fnUntraced(
  function* (stream, revision, captures) {
    const log = yield* EventLog
    const known = yield* log.known(captures.map((event) => event.id))
    const seen = new Set<string>(known)
    const events = captures.filter((event) => {
      if (seen.has(event.id)) return false
      seen.add(event.id)
      return true
    })
    if (events.length === 0) return { revision, appended: 0 }
    const result = yield* Effect.result(log.append({ stream, expectedRevision: revision, events }))
    if (result._tag === "Success") {
      return { revision: result.success.revision, appended: events.length }
    }
    if (!(result.failure instanceof WrongExpectedRevision)) return yield* result.failure
    // The stream is where we left it: another source has just brought one of these captures.
    if (result.failure.actual === revision) return yield* appendUnknown(stream, revision, captures)
    return yield* new SourceBusy({ stream })
  },
)
