import { ipAddress } from "../../../domain/capture/address.ts"
import { parseTimestamp } from "../../../domain/event/timestamp.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { attemptRun } from "../equalAttempts.ts"
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

// `[Sat Feb 12 22:20:31 2022] `: C's ctime, the day of the month padded with a space.
const stamp = /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})\] /
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const parser = ({ zone }: ParserSettings): RecordParser => {
  const run = attemptRun()

  const parse = (record: SourceRecord): ParsedRecord => {
    const { text } = record
    if (text === "") return nothing
    const found = stamp.exec(text)
    if (found === null) return rejected("not-a-record")
    const [time, monthName = "", day = "", clock, year] = found
    run.at(time)

    const message = text.slice(time.length)
    const [address = ""] = message.split(" ", 1)
    const attackerIp = ipAddress(address)
    if (attackerIp === undefined) return nothing
    const rest = message.slice(address.length + 1)
    if (rest.startsWith("Error exchanging keys: ")) return nothing
    const userEnd = rest.indexOf(" ")
    // The record goes on behind a line feed that the user name held, or was cut.
    if (userEnd === -1) return rejected("cut-line")

    const month = String(months.indexOf(monthName) + 1).padStart(2, "0")
    const iso = `${year}-${month}-${day.replace(" ", "0")} ${clock}`
    const observedAt = parseTimestamp(iso, zone)
    if (observedAt === undefined) return rejected("bad-timestamp")
    const draft: CaptureDraft = {
      observedAt,
      sensor: null,
      service: "ssh",
      attackerIp,
      sessionId: null,
      principal: record.textOf(rest.slice(0, userEnd)),
      secret: triedSecret(plaintext, record.bytesOf(rest.slice(userEnd + 1))),
      outcome: "failure",
      fields: {},
    }
    return { captures: [run.numbered(draft)] }
  }

  return { startFile: () => run.at(""), parse, endFile: () => undefined }
}

const ownMessage = /^(?:ssh-honeypot |FATAL: |ERROR: |Session: {2}|HASSH)/

const isSshHoneypot = ({ text }: SourceRecord): boolean => {
  const found = stamp.exec(text)
  if (found === null) return false
  const message = text.slice(found[0].length)
  return ownMessage.test(message) || ipAddress(message.split(" ", 1)[0] ?? "") !== undefined
}

/**
 * The text log of droberson's ssh-honeypot: `[ctime] address user password`, one attempt a line,
 * the password reaching to the end of the line, spaces and all bytes included. A user name with a
 * space in it cannot be told from the password. Lines that begin with no address, and the errors of
 * a key exchange, are the honeypot's own messages.
 */
export const sshHoneypot: SourceAdapter = {
  format: "ssh-honeypot",
  zoneless: true,
  recognises: isSshHoneypot,
  parser,
  parserPerFile: true,
}
