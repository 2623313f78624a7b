import { createHash, randomUUID } from "node:crypto"
import { userInfo } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { decodeEvent } from "../../domain/event/codec.ts"
import type { Kept } from "../../domain/event/events.ts"
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

/** Records that something is no longer stored. Idempotent, so safe to repeat after a kill. */
export const recordKeepingEnded = Effect.fnUntraced(function* (
  kept: Kept,
  { at, by, command }: Act,
): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const id = factEventId("keeping.ended", at, by, kept)
  if ((yield* log.known([id])).size > 0) return
  yield* appendToAudit({
    type: "keeping.ended",
    id,
    data: { endedAt: at, by, command, kept },
    metadata: { schemaVersion },
  })
})

/** Recorded decisions that apply to every machine, from a revision on; `next` is the one to continue at. */
export interface OnRecord {
  readonly erased: ReadonlyArray<SecretDigest>
  /** Whether mail addresses are no longer stored. */
  readonly endsMailAddresses: boolean
  readonly next: number
}

export const onRecord = Effect.fnUntraced(function* (
  from: number,
): Effect.fn.Return<OnRecord, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const erased: Array<SecretDigest> = []
  let endsMailAddresses = false
  let next = from
  for (;;) {
    const events = yield* log.readStream(auditStream, {
      direction: "forwards",
      from: next,
      limit: 500,
    })
    for (const event of events) {
      const decoded = decodeEvent(event)
      const said = decoded._tag === "Success" ? decoded.success : undefined
      if (said?.type === "secret.erased") erased.push(...said.data.digests)
      if (said?.type === "keeping.ended" && said.data.kept === "mail-addresses") {
        endsMailAddresses = true
      }
      next = event.revision + 1
    }
    if (events.length < 500) return { erased, endsMailAddresses, next }
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
