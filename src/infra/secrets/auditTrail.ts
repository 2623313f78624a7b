import { createHash, randomUUID } from "node:crypto"
import { userInfo } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { decodeEvent } from "../../domain/event/codec.ts"
import { digestListLimit, type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import { type Timestamp, timestampFromMicros } from "../../domain/event/timestamp.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import {
  EventLog,
  type EventLogUnavailable,
  type ExpectedRevision,
  WrongExpectedRevision,
} from "../eventlog/EventLog.ts"

/** The stream of what people did with secrets. */
const auditStream = "audit"

/** Who did something to secrets, when, by which command, and why if that was said. */
export interface Act {
  readonly at: Timestamp
  readonly by: string
  readonly command: string
  readonly reason?: string
}

/** An act of the user of this machine, now. */
export const actNow = (said: Omit<Act, "at" | "by">): Effect.Effect<Act> =>
  Effect.map(Clock.currentTimeMillis, (millis) => ({
    at: timestampFromMicros(millis * 1000),
    by: userInfo().username,
    ...said,
  }))

/** Puts it on record that somebody looks at secrets. */
export const recordReveal = Effect.fnUntraced(function* (
  digests: ReadonlyArray<SecretDigest>,
  said: Omit<Act, "at" | "by">,
): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  const { at, ...act } = yield* actNow(said)
  yield* appendToAudit({
    type: "secret.revealed",
    // The same person may look twice in one moment, and both are facts.
    id: factEventId("secret.revealed", at, randomUUID()),
    data: {
      revealedAt: at,
      ...act,
      digests: digests.slice(0, digestListLimit),
      digestCount: digests.length,
    },
    metadata: { schemaVersion },
  })
})

/**
 * Puts it on record that secrets were erased, all of them, in as many events as it takes. Their ids
 * follow from the act, so that recording it again after a kill adds nothing.
 */
export const recordErasure = Effect.fnUntraced(function* (
  digests: ReadonlyArray<SecretDigest>,
  { at, ...act }: Act,
): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const sorted = digests.toSorted()
  for (let from = 0; from < sorted.length; from += digestListLimit) {
    const page = sorted.slice(from, from + digestListLimit)
    const hash = createHash("sha256").update(page.join("")).digest("hex")
    const id = factEventId("secret.erased", at, hash)
    if ((yield* log.known([id])).size > 0) continue
    yield* appendToAudit({
      type: "secret.erased",
      id,
      data: { erasedAt: at, ...act, digests: page, digestCount: page.length },
      metadata: { schemaVersion },
    })
  }
})

/** Puts it on record that no bytes are kept any more; again after a kill, this adds nothing. */
export const recordKeepingEnded = Effect.fnUntraced(function* ({
  at,
  by,
  command,
}: Act): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const id = factEventId("secret.keeping.ended", at, by)
  if ((yield* log.known([id])).size > 0) return
  yield* appendToAudit({
    type: "secret.keeping.ended",
    id,
    data: { endedAt: at, by, command },
    metadata: { schemaVersion },
  })
})

/** The secrets that are on record as erased from a revision of the stream on, and the next one. */
export const erasedOnRecord = Effect.fnUntraced(function* (
  from: number,
): Effect.fn.Return<
  { readonly digests: ReadonlyArray<SecretDigest>; readonly next: number },
  EventLogUnavailable,
  EventLog
> {
  const log = yield* EventLog
  const digests: Array<SecretDigest> = []
  let next = from
  for (;;) {
    const events = yield* log.readStream(auditStream, {
      direction: "forwards",
      from: next,
      limit: 500,
    })
    for (const event of events) {
      const decoded = decodeEvent(event)
      if (decoded._tag === "Success" && decoded.success?.type === "secret.erased") {
        digests.push(...decoded.success.data.digests)
      }
      next = event.revision + 1
    }
    if (events.length < 500) return { digests, next }
  }
})

const appendToAudit = Effect.fnUntraced(function* (
  event: NewEvent,
): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const [last] = yield* log.readStream(auditStream, { direction: "backwards", limit: 1 })
  let expectedRevision: ExpectedRevision = last?.revision ?? "no_stream"
  for (;;) {
    const appended = yield* Effect.result(
      log.append({ stream: auditStream, expectedRevision, events: [event] }),
    )
    if (appended._tag === "Success") return
    if (!(appended.failure instanceof WrongExpectedRevision)) return yield* appended.failure
    // Another process may have recorded the same erasure.
    if ((yield* log.known([event.id])).size > 0) return
    expectedRevision = appended.failure.actual
  }
})
