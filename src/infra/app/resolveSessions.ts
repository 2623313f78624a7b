import * as Effect from "effect/Effect"
import { attackerName } from "../../projections/queries/Conditions.ts"
import { findingMembers } from "../../projections/queries/findingById.ts"
import { addressesNamed } from "../../projections/queries/listAttackers.ts"
import { resolveFindingId, shortestFindingId } from "../../projections/queries/resolveFindingId.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { NotFound } from "./Answer.ts"
import { unresolvedFinding } from "./findingId.ts"
import type { FingerprintedSession } from "./fingerprintedSessions.ts"

/** What a text names, and the sessions of it that have been fingerprinted. */
export interface NamedSessions {
  readonly what: "session" | "attacker" | "finding"
  /** The latest first. */
  readonly sessions: ReadonlyArray<FingerprintedSession>
}

/**
 * Finds the sessions that a text names: a session by its id, alone or as `decky/session`; else an
 * attacker by address or UUID; else a finding by its id or the beginning of it. The `warnings` go
 * with the error where it names nothing.
 */
export const resolveSessions = Effect.fnUntraced(function* (
  text: string,
  all: ReadonlyMap<string, FingerprintedSession>,
  warnings: ReadonlyArray<string>,
) {
  const readModel = yield* ReadModel
  const where = (isNamed: (session: FingerprintedSession) => boolean) =>
    [...all.values()].filter(isNamed).sort(latestFirst)
  const named = where(
    ({ id, decky, sessionId }) =>
      text === sessionId || text === `${decky}/${sessionId}` || text === id,
  )
  if (named.length > 0) return { what: "session", sessions: named } satisfies NamedSessions
  const ips = yield* readModel.attempt("look up an attacker", (database) =>
    addressesNamed(database, text),
  )
  const addresses = new Set([attackerName(text), ...ips])
  const theirs = where(({ attackerIp }) => attackerIp !== null && addresses.has(attackerIp))
  if (theirs.length > 0) return { what: "attacker", sessions: theirs } satisfies NamedSessions
  const nothing = new NotFound({
    message: `no fingerprinted session matches "${text}": give decky/session, an IP address, an attacker UUID or a finding id; credtrail vectors shows how many sessions have fingerprints`,
    warnings,
  })
  if (ips.length > 0 || text.length < shortestFindingId) return yield* nothing
  const finding = yield* readModel.attempt("look up a finding", (database) => {
    const found = resolveFindingId(database, text)
    return found._tag === "Found"
      ? { ...found, ...findingMembers(database, found.findingNo) }
      : found
  })
  if (finding._tag === "Ambiguous") return yield* unresolvedFinding(text, finding, warnings)
  if (finding._tag === "Missing") return yield* nothing
  const attackers = new Set(finding.addresses)
  const targets = new Set(finding.targets.map(targetName))
  const sessions = where(
    (session) =>
      session.attackerIp !== null &&
      attackers.has(session.attackerIp) &&
      targets.has(targetName(session)),
  )
  if (sessions.length === 0) return yield* nothing
  return { what: "finding", sessions } satisfies NamedSessions
})

const targetName = ({ decky, service }: { readonly decky: string; readonly service: string }) =>
  `${decky}\n${service}`

const latestFirst = (a: FingerprintedSession, b: FingerprintedSession): number => {
  if (a.observedAt !== b.observedAt) return a.observedAt < b.observedAt ? 1 : -1
  return a.id < b.id ? -1 : 1
}
