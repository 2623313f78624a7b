import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"

const parser = ({ zone }: ParserSettings): RecordParser => {
  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.isBlank) return nothing
    const event = record.object
    if (typeof event === "string") return rejected(event)
    const { username, password, timestamp, src_ip } = event
    if (username === undefined || password === undefined) return rejected("missing-field")
    if (username === null && password === null) return nothing
    const user = loggedText(username)
    const secret = loggedText(password)
    if (user === undefined || secret === undefined) return rejected("wrong-type")
    const observedAt = loggedTime(timestamp, zone)
    if (observedAt === undefined) return rejected(noTime(timestamp))
    const capture: CaptureDraft = {
      observedAt,
      sensor: null,
      service: "telnet",
      attackerIp: loggedAddress(src_ip),
      sessionId: null,
      principal: user === null ? null : record.textOf(user),
      secret: secret === null ? null : triedSecret(plaintext, record.bytesOf(secret)),
      outcome: "failure",
      fields: {},
    }
    return { captures: [capture] }
  }
  return { startFile: () => {}, parse, endFile: () => undefined }
}

const fieldNames = ["timestamp", "src_ip", "username", "password", "command"]

const isTelnethoney = (record: SourceRecord): boolean => {
  const event = record.object
  if (typeof event === "string" || event.eventid !== undefined) return false
  return fieldNames.every((name) => event[name] !== undefined)
}

/**
 * telnethoney's JSON log: one record a line, which is an attempt, a command or a HTTP request; the
 * fields that do not apply are `null`. It names neither the host nor the session, and lets nobody
 * in by what it says.
 */
export const telnethoney: SourceAdapter = {
  format: "telnethoney",
  isJson: true,
  zoneless: false,
  recognises: isTelnethoney,
  parser,
}
