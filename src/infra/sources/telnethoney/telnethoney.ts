import { ipAddress } from "../../../domain/capture/address.ts"
import { parseTimestamp } from "../../../domain/event/timestamp.ts"
import { makeSecret, plaintext } from "../../../domain/secret/secret.ts"
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
    if (record.text.trim() === "") return nothing
    const event = record.object
    if (typeof event === "string") return rejected(event)
    const { username, password, timestamp, src_ip } = event
    if (username === undefined || password === undefined) return rejected("missing-field")
    if (username === null && password === null) return nothing
    if (timestamp === undefined || src_ip === undefined) return rejected("missing-field")
    if (username !== null && typeof username !== "string") return rejected("wrong-type")
    if (password !== null && typeof password !== "string") return rejected("wrong-type")
    if (typeof timestamp !== "string" || typeof src_ip !== "string") return rejected("wrong-type")
    const observedAt = parseTimestamp(timestamp, zone)
    if (observedAt === undefined) return rejected("bad-timestamp")
    const attackerIp = ipAddress(src_ip)
    if (attackerIp === undefined) return rejected("bad-address")
    const capture: CaptureDraft = {
      observedAt,
      sensor: null,
      service: "telnet",
      attackerIp,
      sessionId: null,
      principal: username === null ? null : record.textOf(username),
      secret: password === null ? null : makeSecret(plaintext, record.bytesOf(password)),
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
  zoneless: false,
  recognises: isTelnethoney,
  parser,
}
