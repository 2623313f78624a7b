import type { ZoneCorrection } from "../../../domain/event/timestamp.ts"
import { numbered } from "../equalAttempts.ts"
import { isJsonObject } from "../isJsonObject.ts"
import { jsonObject } from "../jsonObject.ts"
import {
  type CaptureDraft,
  type LineParser,
  nothing,
  type ParsedLine,
  type ParserSettings,
  type RejectReason,
  rejected,
  type SourceAdapter,
  type SourceLine,
} from "../SourceAdapter.ts"
import { heraldingAttempt } from "./heraldingAttempt.ts"

type Session = Readonly<Record<string, unknown>>

const parser = ({ zone }: ParserSettings): LineParser => {
  const parse = (line: SourceLine): ParsedLine => {
    if (line.text.trim() === "") return nothing
    const session = jsonObject(line.text)
    if (typeof session === "string") return rejected(session)
    const attempts = session.auth_attempts
    if (attempts === undefined) return rejected("missing-field")
    if (!Array.isArray(attempts)) return rejected("wrong-type")
    const captures: Array<CaptureDraft> = []
    for (const attempt of attempts) {
      const draft = draftOf(line, session, attempt, zone)
      if (typeof draft === "string") return rejected(draft)
      captures.push(draft)
    }
    const [first] = captures
    if (first === undefined || first.sessionId === null) return nothing
    const { sensor, sessionId, attackerIp, service } = first
    return {
      captures: numbered(captures),
      session: { sensor, sessionId, at: null, attackerIp, service, ended: true },
    }
  }
  return { startFile: () => {}, parse, endFile: () => undefined }
}

const draftOf = (
  line: SourceLine,
  session: Session,
  attempt: unknown,
  zone: ZoneCorrection,
): CaptureDraft | RejectReason => {
  if (!isJsonObject(attempt)) return "wrong-type"
  const { session_id, source_ip, protocol } = session
  const { timestamp, username, password } = attempt
  const all = [session_id, source_ip, protocol, timestamp, username, password]
  if (all.includes(undefined)) return "missing-field"
  if (typeof session_id !== "string" || typeof source_ip !== "string") return "wrong-type"
  if (typeof protocol !== "string" || typeof timestamp !== "string") return "wrong-type"
  if (username !== null && typeof username !== "string") return "wrong-type"
  if (password !== null && typeof password !== "string") return "wrong-type"
  const seen = {
    timestamp,
    sessionId: session_id,
    sourceIp: source_ip,
    protocol,
    username,
    password,
    fields: fieldsOf(session),
  }
  return heraldingAttempt(line, seen, zone)
}

const fieldsOf = ({ source_port, destination_ip, destination_port }: Session) => ({
  ...(typeof source_port === "number" ? { sourcePort: String(source_port) } : {}),
  ...(typeof destination_ip === "string" ? { destinationIp: destination_ip } : {}),
  ...(typeof destination_port === "number" ? { destinationPort: String(destination_port) } : {}),
})

/**
 * Heralding's log of sessions, `log_session.json`: one session a line with the attempts made in
 * it. A line of which one attempt is broken is rejected as a whole. The same attempts are in
 * `log_auth.csv`, and {@link heraldingAttempt} says how the two come to the same events.
 */
export const heraldingSession: SourceAdapter = {
  format: "heralding-session",
  zoneless: true,
  recognise: (lines) => lines.filter(isSession).length,
  parser,
}

const isSession = (line: SourceLine): boolean => {
  if (!line.text.includes('"auth_attempts"')) return false
  const session = jsonObject(line.text)
  return (
    typeof session !== "string" &&
    typeof session.session_id === "string" &&
    Array.isArray(session.auth_attempts)
  )
}
