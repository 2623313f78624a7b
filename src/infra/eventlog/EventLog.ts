import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { NewEvent, RecordedEvent } from "../../domain/event/events.ts"
import type { EventId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"

/** The revision a stream must be at for an append to be done: its last event's, or none yet. */
export type ExpectedRevision = number | "no_stream"

/** Events for one stream, written all or none: at least one, to write none is a defect. */
export interface StreamWrite {
  readonly stream: string
  readonly expectedRevision: ExpectedRevision
  readonly events: ReadonlyArray<NewEvent>
}

/**
 * Somebody else wrote to the stream: `actual` is where it is now. Nothing was written. The local
 * logs say it also where an id of the write is in the log already and this is not a repeat; then
 * the revisions may be equal.
 */
export class WrongExpectedRevision extends Schema.TaggedError<WrongExpectedRevision>()(
  "WrongExpectedRevision",
  {
    stream: Schema.String,
    expected: Schema.Union([Schema.Int, Schema.Literal("no_stream")]),
    actual: Schema.Union([Schema.Int, Schema.Literal("no_stream")]),
  },
) {
  override get message(): string {
    return this.actual === this.expected
      ? `stream ${this.stream} is at ${this.actual}, but an event of this write is in the log already`
      : `stream ${this.stream} is at ${this.actual}, not at ${this.expected}: another writer has appended to it`
  }
}

/**
 * The log cannot take or give events now; `reason` says why and what to do about it. A
 * `foreign-position` is one that this log has not given; `not-ready` is a server that answers but
 * cannot now; an `untrusted` one cannot prove who it is, or wants the same of us; an
 * `event-too-large` will never be taken, nor what is `refused`.
 */
export class EventLogUnavailable extends Schema.TaggedError<EventLogUnavailable>()(
  "EventLogUnavailable",
  {
    operation: Schema.String,
    kind: Schema.Literals([
      "disk-full",
      "read-only",
      "busy",
      "corrupt",
      "too-new",
      "unreachable",
      "not-ready",
      "untrusted",
      "access-denied",
      "event-too-large",
      "refused",
      "foreign-position",
    ]),
    reason: Schema.String,
  },
) {
  override get message(): string {
    return `cannot ${this.operation}: ${this.reason}`
  }
}

/** Where an append left its stream. */
export interface Appended {
  readonly revision: number
  readonly position: Position
}

export interface ReadStreamOptions {
  readonly direction: "forwards" | "backwards"
  /** The first revision wanted, inclusive; by default the first, or backwards the last. */
  readonly from?: number
  readonly limit: number
}

export interface ReadAllOptions {
  readonly direction: "forwards" | "backwards"
  /** Only events after this position (backwards: before it); by default all. */
  readonly from?: Position
  readonly limit: number
  /** Only events of these types; by default all. */
  readonly types?: ReadonlyArray<string>
}

export interface SubscribeOptions {
  /** Only events after this position. */
  readonly after: Position
  /** Only events of these types; by default all. */
  readonly types?: ReadonlyArray<string>
  /** The most events in one delivery. */
  readonly batchSize: number
}

/**
 * Some events in the order of the log. `position` is how far the log has been looked through,
 * which is past the last event where later ones were filtered out. `caughtUp` says that there was
 * nothing more at that moment; a delivery may be empty to say just that.
 */
export interface Delivery {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly position: Position
  readonly caughtUp: boolean
}

/** The log at this moment. */
export interface LogHealth {
  readonly layer: string
  /** Where it is: a file, a server. */
  readonly location: string
  /** `null` where the log would have to read everything to say it. */
  readonly events: number | null
  /** The last position, or the beginning where there is none. */
  readonly head: Position
}

/**
 * The system of record: every event, in one order. The layers behave alike, and the suite in
 * `test/infra/eventlog/conformance.ts` is what "alike" means.
 */
export class EventLog extends Context.Service<
  EventLog,
  {
    /**
     * Appends to one stream, all or nothing. An append whose events are already in the stream
     * right after `expectedRevision`, all of them, succeeds without writing and answers where the
     * last of them is: repeating a call is harmless. If only some are, the revision is wrong.
     */
    readonly append: (
      write: StreamWrite,
    ) => Effect.Effect<Appended, WrongExpectedRevision | EventLogUnavailable>
    /**
     * Appends to streams; each write stands or falls alone, and has its result at its place. Writes to
     * one stream are done in their order. Those to different streams may come to stand in any order,
     * as on a server, which is given many at once: who needs an order appends one after the other.
     */
    readonly appendMany: (
      writes: ReadonlyArray<StreamWrite>,
    ) => Effect.Effect<ReadonlyArray<Appended | WrongExpectedRevision>, EventLogUnavailable>
    /** Which of these ids are in the log. */
    readonly known: (
      ids: ReadonlyArray<EventId>,
    ) => Effect.Effect<ReadonlySet<EventId>, EventLogUnavailable>
    /** A part of one stream; empty where the stream does not exist. */
    readonly readStream: (
      stream: string,
      options: ReadStreamOptions,
    ) => Effect.Effect<ReadonlyArray<RecordedEvent>, EventLogUnavailable>
    /** A part of the whole log. */
    readonly readAll: (
      options: ReadAllOptions,
    ) => Effect.Effect<ReadonlyArray<RecordedEvent>, EventLogUnavailable>
    /** Everything after a position, then what comes, for as long as it is listened to. */
    readonly subscribe: (options: SubscribeOptions) => Stream.Stream<Delivery, EventLogUnavailable>
    /**
     * How many events of these types (all by default) come after a position. A log that has to read
     * them to count them stops at 100,000.
     */
    readonly gap: (
      after: Position,
      types?: ReadonlyArray<string>,
    ) => Effect.Effect<number, EventLogUnavailable>
    readonly health: Effect.Effect<LogHealth, EventLogUnavailable>
    /** The position that a person means, leading zeros left out or not; if it is one of this log. */
    readonly parsePosition: (text: string) => Position | undefined
  }
>()("credtrail/EventLog") {}

type Log = EventLog["Service"]

/** Appends to one stream of a log that appends to many at once. */
export const appendOne = (
  appendMany: Log["appendMany"],
  write: StreamWrite,
): ReturnType<Log["append"]> =>
  Effect.flatMap(appendMany([write]), ([result]) => {
    if (result instanceof WrongExpectedRevision) return Effect.fail(result)
    return result === undefined
      ? Effect.die(new Error("an append has no result"))
      : Effect.succeed(result)
  })

/** Dies where a write has no events: there is no revision that it could leave its stream at. */
export const requireEvents = (writes: ReadonlyArray<StreamWrite>): Effect.Effect<void> => {
  const empty = writes.find((write) => write.events.length === 0)
  return empty === undefined
    ? Effect.void
    : Effect.die(new Error(`a write to stream ${empty.stream} has no events`))
}
