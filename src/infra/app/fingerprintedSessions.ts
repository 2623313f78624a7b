import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../domain/event/codec.ts"
import type { Position } from "../../domain/event/position.ts"
import type { Fingerprint } from "../../domain/session/fingerprint.ts"
import { vectorTypes } from "../../projections/vectors/vectorsProjection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"

/** A session that has been fingerprinted. `id` is what its vectors are kept under. */
export interface FingerprintedSession {
  readonly id: string
  readonly decky: string
  readonly service: string
  readonly sessionId: string
  readonly attackerIp: string | null
  /** When it began, as far as the log has it. */
  readonly observedAt: string
}

const page = 5_000

/** Every session that the log has a fingerprint of, by id. */
export const fingerprintedSessions: Effect.Effect<
  ReadonlyMap<string, FingerprintedSession>,
  EventLogUnavailable,
  EventLog
> = Effect.gen(function* () {
  const log = yield* EventLog
  const sessions = new Map<string, FingerprintedSession>()
  let from: Position | undefined
  while (true) {
    const events = yield* log.readAll({
      direction: "forwards",
      limit: page,
      types: vectorTypes,
      ...(from === undefined ? {} : { from }),
    })
    for (const event of events) {
      const decoded = decodeEvent(event)
      // What does not decode has no vectors either; the projection says so.
      if (Result.isFailure(decoded) || decoded.success?.type !== "attacker.fingerprinted") continue
      const session = sessionOf(decoded.success.data)
      if (!sessions.has(session.id)) sessions.set(session.id, session)
    }
    from = events.at(-1)?.position
    if (from === undefined) return sessions
  }
})

const sessionOf = (fingerprint: Fingerprint): FingerprintedSession => {
  const { vectorId: id, decky, service, sessionId, attackerIp, observedAt } = fingerprint
  return { id, decky, service, sessionId, attackerIp, observedAt }
}
