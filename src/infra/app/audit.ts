import { randomUUID } from "node:crypto"
import { userInfo } from "node:os"
import * as Effect from "effect/Effect"
import { digestListLimit, type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import {
  EventLog,
  type EventLogUnavailable,
  type ExpectedRevision,
  WrongExpectedRevision,
} from "../eventlog/EventLog.ts"
import { now } from "./moment.ts"

/** The stream of what people did with secrets. */
const auditStream = "audit"

/** Puts it on record that somebody, the user of this machine, looks at or erases secrets. */
export const recordAudit = Effect.fnUntraced(function* (
  type: "secret.revealed" | "secret.erased",
  digests: ReadonlyArray<SecretDigest>,
  said: { readonly command: string; readonly reason?: string },
): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  const at = yield* now
  const who = { by: userInfo().username, ...said }
  const what = { digests: digests.slice(0, digestListLimit), digestCount: digests.length }
  const envelope = {
    // The same person may do the same twice in one moment, and both are facts.
    id: factEventId(type, at, randomUUID()),
    metadata: { schemaVersion },
  }
  const event: NewEvent =
    type === "secret.revealed"
      ? { type, ...envelope, data: { revealedAt: at, ...who, ...what } }
      : { type, ...envelope, data: { erasedAt: at, ...who, ...what } }
  yield* appendToAudit(event)
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
    expectedRevision = appended.failure.actual
  }
})
