import type { ZoneCorrection } from "../../../domain/event/timestamp.ts"
import { numbered } from "../equalAttempts.ts"
import { loggedText } from "../loggedValue.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  type RejectReason,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type SourceRecord } from "../SourceRecord.ts"
import { heraldingAttempt } from "./heraldingAttempt.ts"

type Session = Readonly<Record<string, unknown>>

const parser = ({ zone }: ParserSettings): RecordParser => {
  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.isBlank) return nothing
    const session = record.object
    if (typeof session === "string") return rejected(session)
    const attempts = session.auth_attempts
    if (attempts === undefined) return rejected("missing-field")
    if (!Array.isArray(attempts)) return rejected("wrong-type")
    const captures: Array<CaptureDraft> = []
    for (const attempt of attempts) {
      const draft = draftOf(record, session, attempt, zone)
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
  record: SourceRecord,
  session: Session,
  attempt: unknown,
  zone: ZoneCorrection,
): CaptureDraft | RejectReason => {
  if (!isJsonObject(attempt)) return "wrong-type"
  const { session_id, source_ip, protocol } = session
  const { timestamp } = attempt
  const needed = [session_id, protocol, attempt.username, attempt.password]
  if (needed.includes(undefined)) return "missing-field"
  if (typeof session_id !== "string" || typeof protocol !== "string") return "wrong-type"
  const username = loggedText(attempt.username)
  const password = loggedText(attempt.password)
  if (username === undefined || password === undefined) return "wrong-type"
  const seen = {
    timestamp,
    sessionId: session_id,
    sourceIp: source_ip,
    protocol,
    username,
    password,
    fields: fieldsOf(session),
  }
  return heraldingAttempt(record, seen, zone)
}

const fieldsOf = ({ source_port, destination_ip, destination_port }: Session) => ({
  ...(typeof source_port === "number" ? { sourcePort: String(source_port) } : {}),
  ...(typeof destination_ip === "string" ? { destinationIp: destination_ip } : {}),
  ...(typeof destination_port === "number" ? { destinationPort: String(destination_port) } : {}),
})

const isSession = (record: SourceRecord): boolean => {
  if (!record.text.includes('"auth_attempts"')) return false
  const session = record.object
  return (
    typeof session !== "string" &&
    typeof session.session_id === "string" &&
    Array.isArray(session.auth_attempts)
  )
}

/**
 * Heralding's log of sessions, `log_session.json`: one session a line with the attempts made in
 * it. A line of which one attempt is broken is rejected as a whole. The same attempts are in
 * `log_auth.csv`, and {@link heraldingAttempt} says how the two come to the same events.
 */
export const heraldingSession: SourceAdapter = {
  format: "heralding-session",
  isJson: true,
  zoneless: true,
  endsSessions: true,
  recognises: isSession,
  parser,
}
