import { isDeepStrictEqual } from "node:util"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Metadata, RecordedEvent } from "../../../domain/event/events.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { impliedAnnouncements } from "../../../projections/generationDiff/impliedAnnouncements.ts"
import type { PendingAnnouncements } from "../../../projections/generationDiff/pendingAnnouncements.ts"
import type { OutboxRow } from "../../../projections/outbox.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { attemptReadModel as attempt, type ReadModelUnavailable } from "../ReadModel.ts"

/** An announcement that is not what the history implies. */
interface WrongAnnouncement {
  readonly eventId: string
  readonly type: string
  readonly stream: string
  /** Implied but not in the log; in the log but not implied; or in it with other words or place. */
  readonly what: "missing" | "unexpected" | "altered"
}

/** What was announced, compared with what the history implies. */
export interface Announced {
  /** Announcements in the log. */
  readonly inLog: number
  /** Announcements that are pending in the live outbox. */
  readonly waiting: number
  readonly wrong: number
  /** The first of the wrong ones, at most 20. */
  readonly examples: ReadonlyArray<WrongAnnouncement>
}

export interface Implied {
  /** Read models whose outbox holds every announcement that history implies, in order. */
  readonly database: Database
  /** The last row of that outbox that the live generation has reached. */
  readonly upTo: number
  readonly pending: PendingAnnouncements
  /** Whether the live generation has folded captures later than they stand in the log. */
  readonly hasRetried: boolean
  /** Events of the log after this one are not checked. */
  readonly head: Position
}

const announcedTypes = ["credential.reuse.detected", "credential.reuse.closed", "attacker.observed"]
const pageSize = 5000
const maxExamples = 20

/** Compares every announcement in the log with what the history implies. */
export const checkAnnouncements = Effect.fn("checkAnnouncements")(function* ({
  database,
  upTo,
  pending,
  hasRetried,
  head,
}: Implied): Effect.fn.Return<Announced, EventLogUnavailable | ReadModelUnavailable, EventLog> {
  const log = yield* EventLog
  const wrong = makeWrong()
  let inLog = 0
  const check = yield* attempt("read the announcements", () => makeCheck(database, hasRetried))
  let from = beginning
  while (true) {
    const page = yield* log.readAll({
      direction: "forwards",
      from,
      limit: pageSize,
      types: announcedTypes,
    })
    const checked = page.filter(({ position }) => position <= head)
    yield* attempt("read the announcements", () => {
      for (const event of checked) {
        const what = check.see(event)
        if (what !== undefined) {
          wrong.add({ eventId: event.id, type: event.type, stream: event.stream, what })
        }
      }
    })
    inLog += checked.length
    from = checked.at(-1)?.position ?? from
    if (checked.length < pageSize) break
  }
  yield* attempt("read the announcements", () => {
    for (const { eventId, type, stream } of check.unseen(upTo)) {
      if (!pending.ids.has(eventId)) wrong.add({ eventId, type, stream, what: "missing" })
    }
    for (const row of pending.unlike) {
      const { eventId, type, stream } = row
      const what = check.pending(row)
      if (what !== undefined) wrong.add({ eventId, type, stream, what })
    }
    for (const { eventId, type, stream } of pending.repeated) {
      wrong.add({ eventId, type, stream, what: "unexpected" })
    }
  })
  return { inLog, waiting: pending.ids.size, ...wrong.found() }
})

const makeWrong = () => {
  const examples: Array<WrongAnnouncement> = []
  let wrong = 0
  return {
    add: (announcement: WrongAnnouncement): void => {
      wrong++
      if (examples.length < maxExamples) examples.push(announcement)
    },
    found: () => ({ wrong, examples }),
  }
}

const makeCheck = (database: Database, hasRetried: boolean) => {
  const { find, markSeen, unseen } = impliedAnnouncements(database)
  // It names the first capture from an address that could be folded at the time.
  const namesAnyCapture = (type: string): boolean => hasRetried && type === "attacker.observed"
  return {
    /** What is wrong with an event of the log. */
    see: (event: RecordedEvent): WrongAnnouncement["what"] | undefined => {
      const row = find(event.id)
      if (row === undefined) return "unexpected"
      markSeen(row)
      const said = namesAnyCapture(row.type) ? withoutCapture : withCause
      const isSame =
        isInPlace(row, event) &&
        isDeepStrictEqual(
          said(JSON.parse(row.data), JSON.parse(row.metadata)),
          said(event.data, event.metadata),
        )
      return isSame ? undefined : "altered"
    },
    /** What is wrong with a pending announcement that is not the implied one to the letter. */
    pending: (pending: OutboxRow): WrongAnnouncement["what"] | undefined => {
      const row = find(pending.eventId)
      if (row === undefined) return "unexpected"
      const { stream, expectedRevision, type } = pending
      const isThere = row.stream === stream && row.expectedRevision === expectedRevision
      return isThere && row.type === type && namesAnyCapture(type) ? undefined : "altered"
    },
    unseen,
  }
}

const isInPlace = ({ stream, expectedRevision, type }: OutboxRow, event: RecordedEvent): boolean =>
  stream === event.stream &&
  type === event.type &&
  (expectedRevision === null || expectedRevision + 1 === event.revision)

const withCause = (data: unknown, metadata: unknown): unknown => {
  // Whatever it is: nothing is taken of what is no object.
  const { $causationId, $correlationId }: Partial<Metadata> = { ...(metadata as object) }
  return [data, $causationId, $correlationId]
}

const withoutCapture = (data: unknown): unknown => ({ ...(data as object), observedAt: undefined }) // events have an object
