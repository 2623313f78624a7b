import { ipAddress } from "../../../domain/capture/address.ts"
import { boundedText } from "../../../domain/event/bounded.ts"
import { plaintext, type TriedSecret, triedSecret } from "../../../domain/secret/secret.ts"
import { attemptRun } from "../equalAttempts.ts"
import { loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { publicKey, publicKeyByFingerprint } from "../publicKey.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  type RejectReason,
  rejected,
  type SessionWord,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type JsonObject, type SourceRecord } from "../SourceRecord.ts"
import { type SshesameEvent, sshesameLine } from "./sshesameLine.ts"

const eventOf = (object: JsonObject): SshesameEvent | RejectReason => {
  const { time, source, event_type, event } = object
  if (source === undefined || event_type === undefined) return "missing-field"
  const from = isJsonObject(source) ? `${bracketed(source.host)}:${source.port}` : source
  if (typeof from !== "string" || typeof event_type !== "string") return "wrong-type"
  return { time, source: from, type: event_type, event: isJsonObject(event) ? event : {} }
}

const bracketed = (host: unknown): string => (String(host).includes(":") ? `[${host}]` : `${host}`)

const parser = ({ zone }: ParserSettings): RecordParser => {
  const run = attemptRun()

  const understand = (record: SourceRecord, entry: SshesameEvent): ParsedRecord => {
    const { type, event, source } = entry
    const isAttempt = type in secretOf
    const observedAt = loggedTime(entry.time, zone)
    run.at(observedAt ?? "")
    if (!isAttempt && !tellsOfSession.has(type)) return nothing
    if (observedAt === undefined) return isAttempt ? rejected(noTime(entry.time)) : nothing
    const attackerIp = ipAddress(source) ?? null
    if (!isAttempt) {
      const word = wordOf(type, event)
      const session = {
        sensor: null,
        sessionId: source,
        at: observedAt,
        attackerIp,
        service: "ssh",
      }
      return { captures: [], session: { ...session, ...word } }
    }
    const tried = secretOf[type]?.(record, event)
    if (tried === undefined) return nothing
    if (tried === "wrong-type") return rejected(tried)
    const user = loggedText(event.user)
    if (user === undefined) return rejected("wrong-type")
    const draft: CaptureDraft = {
      observedAt,
      sensor: null,
      service: "ssh",
      attackerIp,
      sessionId: source,
      principal: user === null ? null : record.textOf(user),
      secret: tried.secret,
      outcome: event.accepted === true ? "success" : "failure",
      fields: tried.fields,
    }
    return { captures: [run.numbered(draft)] }
  }

  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.isBlank) return nothing
    const line = sshesameLine(record.text)
    if (line !== undefined) return understand(record, line)
    const { object } = record
    if (typeof object === "string") return rejected(object === "not-json" ? "not-a-record" : object)
    const event = eventOf(object)
    return typeof event === "string" ? rejected(event) : understand(record, event)
  }

  return { startFile: () => run.at(""), parse, endFile: () => undefined }
}

interface Tried {
  readonly secret: TriedSecret | null
  readonly fields: Readonly<Record<string, string>>
}

type Reader = (record: SourceRecord, event: JsonObject) => Tried | "wrong-type" | undefined

const plain = (record: SourceRecord, value: unknown): Tried | "wrong-type" => {
  const text = loggedText(value)
  if (text === undefined) return "wrong-type"
  const secret = text === null ? null : triedSecret(plaintext, record.bytesOf(text))
  return { secret, fields: {} }
}

/** What was tried, by the type of the event that tells of it; `undefined` where nothing was. */
const secretOf: Readonly<Record<string, Reader>> = {
  password_auth: (record, { password }) => plain(record, password),
  // The answers to the questions that were asked: the last one asks for the secret.
  keyboard_interactive_auth: (record, { answers }) =>
    Array.isArray(answers) ? plain(record, answers.at(-1)) : "wrong-type",
  public_key_auth: (_, { public_key: key }) => publicKeyByFingerprint(key) ?? publicKey(key),
  // Every client asks for this first; it is an attempt where it was enough.
  no_auth: (_, { accepted }) => (accepted === true ? { secret: null, fields: {} } : undefined),
}

const tellsOfSession: ReadonlySet<string> = new Set([
  "connection",
  "connection_close",
  "exec",
  "session_input",
])

const wordOf = (type: string, event: JsonObject): Partial<SessionWord> => {
  if (type === "connection_close") return { ended: true }
  const { client_version: version, command, input } = event
  if (typeof version === "string" && version !== "") {
    return { clientVersion: boundedText(version, 1024) }
  }
  const typed = typeof command === "string" ? command : input
  return typeof typed === "string" ? { command: typed } : {}
}

const isSshesame = (record: SourceRecord): boolean => {
  if (sshesameLine(record.text) !== undefined) return true
  const { object } = record
  if (typeof object === "string" || typeof object.event_type !== "string") return false
  return object.source !== undefined && isJsonObject(object.event)
}

/**
 * sshesame's log, as JSON or as text: one event a line, of which the attempts to log in are captures.
 * Of a public key it has the SHA-256 fingerprint, which is as good as the key: the same secret. Times
 * have no fractions, and in the text log no zone.
 */
export const sshesame: SourceAdapter = {
  format: "sshesame",
  zoneless: true,
  recognises: isSshesame,
  parser,
  parserPerFile: true,
  endsSessions: true,
}
