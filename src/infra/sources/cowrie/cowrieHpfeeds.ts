import { serviceName } from "../../../domain/capture/service.ts"
import { boundedText } from "../../../domain/event/bounded.ts"
import type { Timestamp } from "../../../domain/event/timestamp.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { numbered } from "../equalAttempts.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { objectParser } from "../objectParser.ts"
import {
  type CaptureDraft,
  type ParsedRecord,
  type ParserSettings,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { JsonObject, SourceRecord } from "../SourceRecord.ts"
import { cowrieBytes, cowrieText, withoutPythonQuotes } from "./cowrieBytes.ts"
import { firstEscaped } from "./escapeSigns.ts"

const parse =
  ({ zone }: ParserSettings) =>
  (session: JsonObject, record: SourceRecord): ParsedRecord => {
    const { credentials, loggedin } = session
    if (credentials === undefined) return rejected("missing-field")
    const failed = pairsOf(credentials)
    const succeeded = pairsOf(loggedin === null || loggedin === undefined ? [] : [loggedin])
    if (failed === undefined || succeeded === undefined) return rejected("wrong-type")
    const observedAt = loggedTime(session.startTime, zone)
    if (observedAt === undefined) return rejected(noTime(session.startTime))
    const draft = draftOf(record, session, observedAt)
    const captures = [
      ...failed.map((pair) => draft(pair, "failure")),
      ...succeeded.map((pair) => draft(pair, "success")),
    ]
    const [first] = captures
    if (first === undefined || first.sessionId === null) return { captures }
    const { sensor, sessionId, attackerIp, service } = first
    return {
      captures: numbered(captures),
      session: { sensor, sessionId, at: observedAt, attackerIp, service, ended: true },
    }
  }

type Pair = readonly [username: string | null, password: string | null]

const pairsOf = (list: unknown): ReadonlyArray<Pair> | undefined => {
  if (!Array.isArray(list)) return undefined
  const pairs: Array<Pair> = []
  for (const pair of list) {
    if (!Array.isArray(pair)) return undefined
    const username = loggedText(pair[0])
    const password = loggedText(pair[1])
    if (username === undefined || password === undefined) return undefined
    pairs.push([username, password])
  }
  return pairs
}

const draftOf = (record: SourceRecord, session: JsonObject, observedAt: Timestamp) => {
  const { session: id, protocol, version } = session
  const isEscaped = observedAt >= firstEscaped
  return ([username, password]: Pair, outcome: "success" | "failure"): CaptureDraft => ({
    observedAt,
    sensor: null,
    service: (typeof protocol === "string" && serviceName(protocol)) || "ssh",
    attackerIp: loggedAddress(session.peerIP),
    sessionId: typeof id === "string" && id !== "" ? id : (loggedText(id) ?? null),
    principal: username === null ? null : cowrieText(record, username, isEscaped),
    secret:
      password === null ? null : triedSecret(plaintext, cowrieBytes(record, password, isEscaped)),
    outcome,
    fields:
      typeof version === "string" && version !== ""
        ? { clientVersion: boundedText(withoutPythonQuotes(version), 1024) }
        : {},
  })
}

const isSession = (record: SourceRecord): boolean => {
  const session = record.object
  if (typeof session === "string") return false
  return (
    Array.isArray(session.credentials) &&
    session.peerIP !== undefined &&
    session.startTime !== undefined &&
    "loggedin" in session
  )
}

/**
 * The sessions that Cowrie and Kippo publish with hpfeeds (`output_hpfeeds3`), as collectors write
 * them to files: one session a line. No attempt has a time of its own; all have that of the session.
 */
export const cowrieHpfeeds: SourceAdapter = {
  format: "cowrie-hpfeeds",
  isJson: true,
  zoneless: false,
  recognises: isSession,
  parser: (settings) => objectParser(parse(settings)),
  endsSessions: true,
}
