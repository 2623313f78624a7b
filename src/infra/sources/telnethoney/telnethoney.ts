import { ipAddress } from "../../../domain/capture/address.ts"
import { parseTimestamp } from "../../../domain/event/timestamp.ts"
import { makeSecret, plaintext } from "../../../domain/secret/secret.ts"
import { jsonObject } from "../jsonObject.ts"
import {
  type CaptureDraft,
  type LineParser,
  nothing,
  type ParsedLine,
  type ParserSettings,
  rejected,
  type SourceAdapter,
  type SourceLine,
} from "../SourceAdapter.ts"
import { textOf } from "../sourceLine.ts"

const parser = ({ zone }: ParserSettings): LineParser => {
  const parse = (line: SourceLine): ParsedLine => {
    if (line.text.trim() === "") return nothing
    const record = jsonObject(line.text)
    if (typeof record === "string") return rejected(record)
    const { username, password, timestamp, src_ip } = record
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
      principal: username === null ? null : textOf(line, username),
      secret: password === null ? null : makeSecret(plaintext, line.bytesOf(password)),
      outcome: "failure",
      fields: {},
    }
    return { captures: [capture] }
  }
  return { startFile: () => {}, parse, endFile: () => undefined }
}

/**
 * telnethoney's JSON log: one record a line, which is an attempt, a command or a HTTP request; the
 * fields that do not apply are `null`. It names neither the host nor the session, and lets nobody
 * in by what it says.
 */
export const telnethoney: SourceAdapter = {
  format: "telnethoney",
  zoneless: false,
  recognise: (lines) => lines.filter(isTelnethoney).length,
  parser,
}

const fieldNames = ["timestamp", "src_ip", "username", "password", "command"]

const isTelnethoney = (line: SourceLine): boolean => {
  const record = jsonObject(line.text)
  if (typeof record === "string" || record.eventid !== undefined) return false
  return fieldNames.every((name) => record[name] !== undefined)
}
