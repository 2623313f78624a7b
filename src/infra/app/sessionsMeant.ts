import * as Effect from "effect/Effect"
import { addressesNamed, attackerName } from "../../projections/queries/attackerName.ts"
import { findingAttackers } from "../../projections/queries/findingAttackers.ts"
import { findingTargets } from "../../projections/queries/findingTargets.ts"
import { resolveFindingId, shortestFindingId } from "../../projections/queries/resolveFindingId.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import type { FingerprintedSession } from "../vectorstore/fingerprintedSessions.ts"
import { unresolved } from "./findingId.ts"
import { NotFound } from "./UsageError.ts"

/** What somebody has asked about, and the sessions of it that have been fingerprinted. */
export interface Meant {
  readonly what: "session" | "attacker" | "finding"
  /** The latest first. */
  readonly sessions: ReadonlyArray<FingerprintedSession>
}

const everything = { limit: 1_000_000, offset: 0 }

/**
 * What a text means: a session by its id, alone or as `decky/session`; else an attacker by address
 * or UUID; else a finding by its id or the beginning of it.
 */
export const sessionsMeant = Effect.fnUntraced(function* (
  text: string,
  all: ReadonlyMap<string, FingerprintedSession>,
) {
  const readModel = yield* ReadModel
  const where = (isMeant: (session: FingerprintedSession) => boolean) =>
    [...all.values()]
      .filter(isMeant)
      .sort((a, b) =>
        a.observedAt === b.observedAt
          ? a.id < b.id
            ? -1
            : 1
          : a.observedAt < b.observedAt
            ? 1
            : -1,
      )
  const named = where(
    ({ id, decky, sessionId }) =>
      text === sessionId || text === `${decky}/${sessionId}` || text === id,
  )
  if (named.length > 0) return { what: "session", sessions: named } satisfies Meant
  const ips = yield* readModel.attempt("look up an attacker", (database) =>
    addressesNamed(database, text),
  )
  const addresses = new Set([attackerName(text), ...ips])
  const theirs = where(({ attackerIp }) => attackerIp !== null && addresses.has(attackerIp))
  if (theirs.length > 0) return { what: "attacker", sessions: theirs } satisfies Meant
  const nothing = new NotFound({
    message: `no session that has been fingerprinted is called "${text}" or belongs to such an attacker or finding: give a session as decky/session, an address, a UUID, or the id of a finding; credtrail vectors shows how many sessions have left fingerprints`,
  })
  if (ips.length > 0 || text.length < shortestFindingId) return yield* nothing
  const finding = yield* readModel.attempt("look up a finding", (database) => {
    const found = resolveFindingId(database, text)
    if (found._tag !== "Found") return found
    return {
      ...found,
      attackers: new Set(
        findingAttackers(database, found.findingNo, everything).map(({ ip }) => ip),
      ),
      targets: new Set(
        findingTargets(database, found.findingNo, everything).map(
          ({ decky, service }) => `${decky}\n${service}`,
        ),
      ),
    }
  })
  if (finding._tag === "Ambiguous") return yield* unresolved(text, finding)
  if (finding._tag === "Missing") return yield* nothing
  const { attackers, targets } = finding
  const sessions = where(
    ({ attackerIp, decky, service }) =>
      attackerIp !== null && attackers.has(attackerIp) && targets.has(`${decky}\n${service}`),
  )
  if (sessions.length === 0) return yield* nothing
  return { what: "finding", sessions } satisfies Meant
})
