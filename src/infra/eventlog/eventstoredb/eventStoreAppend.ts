import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { EventId } from "../../../domain/event/ids.ts"
import type { Position } from "../../../domain/event/position.ts"
import {
  type Appended,
  EventLogUnavailable,
  type ExpectedRevision,
  type StreamWrite,
  WrongExpectedRevision,
} from "../EventLog.ts"
import type { ClientSlot } from "./ClientSlot.ts"
import { type EncodedEvent, encodeEvent, firstWithin, sizeOf } from "./encodeEvent.ts"
import { positionOf, type ServerPosition } from "./eventStorePosition.ts"
import type { EventStoreReader } from "./eventStoreRead.ts"
import type { IdIndex } from "./IdIndex.ts"
import { type Persistence, persist } from "./persist.ts"
import { makeTurns } from "./Turns.ts"

/** Appends to one stream; see `append` of the port. */
export type EventStoreAppend = (
  write: StreamWrite,
) => Effect.Effect<Appended | WrongExpectedRevision, EventLogUnavailable>

/** What servers take in one append unless they are told otherwise, in bytes. */
export const defaultLimit = 1024 * 1024
/** What no server takes, and what no connection carries, in bytes. */
const mostOfOneEvent = 16 * 1024 * 1024 - 10_000
/** The server drops what is late by its clock: an hour leaves room for clocks that differ. */
export const deadlineForServer = 3_600_000

type Answer =
  | { readonly revision: number; readonly position: Position | undefined }
  | { readonly wrong: true }
  | { readonly limit: number }

/**
 * Prepares appending. Every append names the revision that it goes on from, so that the server
 * recognises a repeat by the ids that follow it: an append whose outcome is unknown is repeated as
 * it was, until the stream says what has become of it.
 */
export const makeEventStoreAppend = (
  slot: ClientSlot,
  reader: EventStoreReader,
  ids: IdIndex,
  persistence: Persistence,
): EventStoreAppend => {
  let limit = defaultLimit
  const turns = makeTurns()
  const underWay = new Set<EventId>()
  // The first append on a new connection may be overtaken by those sent after it.
  const first = Semaphore.makeUnsafe(1)
  let connected = false

  const call = (
    stream: string,
    expected: ExpectedRevision,
    events: ReadonlyArray<EncodedEvent>,
  ) => {
    const append = slot.call((client) =>
      client.appendToStream(
        stream,
        events.map(({ event }) => event),
        {
          expectedRevision: expected === "no_stream" ? expected : BigInt(expected),
          requiresLeader: true,
          deadline: deadlineForServer,
        },
      ),
    )
    return Effect.suspend(() => (connected ? append : Semaphore.withPermit(first, append))).pipe(
      Effect.tap(() => Effect.sync(() => (connected = true))),
      Effect.tapError(() => Effect.sync(() => (connected = false))),
    )
  }

  const send = (
    stream: string,
    expected: ExpectedRevision,
    events: ReadonlyArray<EncodedEvent>,
  ): Effect.Effect<Answer, EventLogUnavailable> =>
    Effect.map(
      persist("append to the event log", persistence, call(stream, expected, events)),
      (result): Answer => {
        if (Result.isSuccess(result)) {
          const { nextExpectedRevision, position } = result.success
          return { revision: Number(nextExpectedRevision), position: placed(position) }
        }
        const refused = result.failure
        return refused.type === "wrong-expected-version"
          ? { wrong: true }
          : { limit: "maxAppendSize" in refused ? Number(refused.maxAppendSize) : limit / 2 }
      },
    )

  /** How many of the events stand in the stream where they belong, and where the stream ends. */
  const standing = Effect.fnUntraced(function* ({ stream, expectedRevision, events }: StreamWrite) {
    const from = after(expectedRevision)
    const there = yield* reader.stream(stream, {
      direction: "forwards",
      from,
      limit: events.length,
    })
    let count = 0
    while (there[count] !== undefined && there[count]?.id === events[count]?.id) count++
    const [last] = yield* reader.stream(stream, { direction: "backwards", limit: 1 })
    const actual: ExpectedRevision = last?.revision ?? "no_stream"
    return { count, last: there[count - 1], actual }
  })

  const appended = Effect.fnUntraced(function* (
    stream: string,
    revision: number,
    position: Position | undefined,
  ): Effect.fn.Return<Appended, EventLogUnavailable> {
    if (position !== undefined) return { revision, position }
    const [event] = yield* reader.stream(stream, {
      direction: "forwards",
      from: revision,
      limit: 1,
    })
    return event === undefined
      ? yield* Effect.die(new Error(`the event store has lost ${stream}@${revision}`))
      : { revision, position: event.position }
  })

  /**
   * A write that is too large for one append is cut. If it breaks off between two parts, those that
   * are there are taken for done when the whole is repeated, wherever it is cut the next time.
   */
  const write = Effect.fnUntraced(function* (
    whole: StreamWrite,
    encoded: ReadonlyArray<EncodedEvent>,
    doubtful: boolean,
  ): Effect.fn.Return<Appended | WrongExpectedRevision, EventLogUnavailable> {
    const { stream, expectedRevision } = whole
    let done = 0
    let at: ExpectedRevision = expectedRevision
    let unsure = doubtful
    for (;;) {
      if (unsure) {
        const { count, last, actual } = yield* standing(whole)
        if (last !== undefined && count === encoded.length) {
          return { revision: last.revision, position: last.position }
        }
        const cut = firstWithin(encoded, limit).length < encoded.length
        if (!cut || last === undefined || actual !== last.revision) {
          return new WrongExpectedRevision({ stream, expected: expectedRevision, actual })
        }
        done = count
        at = actual
        unsure = false
      }
      const rest = encoded.slice(done)
      const part = firstWithin(rest, limit)
      const answer = yield* send(stream, at, part)
      if ("limit" in answer) {
        const [only] = part
        if (part.length === 1 && only !== undefined) return yield* tooLarge(only, answer.limit)
        // Servers that count more than we do get less, whatever they say that they take.
        limit = Math.min(limit, answer.limit, sizeOf(part) - 1)
        // None of a write is done of which one event never can be.
        const never = rest.find(({ size }) => size > limit)
        if (never !== undefined) return yield* tooLarge(never, limit)
      } else if ("wrong" in answer) {
        unsure = true
      } else {
        done += part.length
        at = answer.revision
        if (done === encoded.length) return yield* appended(stream, at, answer.position)
      }
    }
  })

  return (asked) =>
    Effect.suspend(() => {
      const { expectedRevision } = asked
      if (expectedRevision !== "no_stream" && !isRevision(expectedRevision)) {
        return Effect.die(new Error(`${expectedRevision} is no revision`))
      }
      const encoded = asked.events.map(encodeEvent)
      const monster = encoded.find(({ size }) => size > mostOfOneEvent)
      if (monster !== undefined) return tooLarge(monster, mostOfOneEvent)
      const own = new Set(asked.events.map(({ id }) => id))
      return turns.take(
        asked.stream,
        Effect.suspend(() => {
          // To a server that is where we expect it, an id that it has already is as good as any.
          const doubtful =
            own.size < asked.events.length || !own.isDisjointFrom(underWay) || ids.holdsAny(own)
          for (const id of own) underWay.add(id)
          return write(asked, encoded, doubtful).pipe(
            Effect.tap((result) =>
              Effect.sync(() => {
                if (!(result instanceof WrongExpectedRevision)) ids.add(own)
              }),
            ),
            Effect.ensuring(
              Effect.sync(() => {
                for (const id of own) underWay.delete(id)
              }),
            ),
          )
        }),
      )
    })
}

const isRevision = (revision: number): boolean => Number.isSafeInteger(revision) && revision >= 0

const after = (revision: ExpectedRevision): number => (revision === "no_stream" ? 0 : revision + 1)

// A server that does not know the position gives the largest number there is.
const placed = (position: ServerPosition | undefined): Position | undefined =>
  position === undefined || position.commit >= 2n ** 63n ? undefined : positionOf(position)

const tooLarge = (
  { event, size }: EncodedEvent,
  limit: number,
): Effect.Effect<never, EventLogUnavailable> =>
  Effect.fail(
    new EventLogUnavailable({
      operation: "append to the event log",
      kind: "event-too-large",
      reason: `event ${event.id} (${event.type}) has ${size} bytes, and the event store takes ${limit} in one append: raise MaxAppendSize there`,
    }),
  )
