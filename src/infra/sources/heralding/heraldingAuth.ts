import { attemptKey, withSequence } from "../equalAttempts.ts"
import {
  type CaptureDraft,
  nothing,
  openRecord,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"
import { csvReader } from "./csvRecord.ts"
import { heraldingAttempt } from "./heraldingAttempt.ts"

type Row = ReadonlyArray<string>

const parser = ({ zone }: ParserSettings): RecordParser => {
  const records = csvReader()
  let columns: Row | undefined
  let repeatOf = equalRows()

  const startFile = (): void => {
    records.reset()
    columns = undefined
    repeatOf = equalRows()
  }

  const parseRow = (record: SourceRecord, row: Row): ParsedRecord => {
    if (isHeader(row)) {
      columns = row
      return nothing
    }
    const names = columns ?? columnsOf(row)
    if (names?.length !== row.length) return rejected("not-a-record")
    if (!names.includes("password")) return nothing
    const cell = (name: string): string | undefined => row[names.indexOf(name)]
    const timestamp = cell("timestamp")
    const sessionId = cell("session_id")
    const sourceIp = cell("source_ip")
    const protocol = cell("protocol")
    const username = cell("username")
    const password = cell("password")
    if (timestamp === undefined || sessionId === undefined || sourceIp === undefined) {
      return rejected("missing-field")
    }
    if (protocol === undefined || username === undefined || password === undefined) {
      return rejected("missing-field")
    }
    const attempt = {
      timestamp,
      sessionId,
      sourceIp,
      protocol,
      username: username === "" ? null : username,
      password,
      fields: fieldsOf(cell),
    }
    const draft = heraldingAttempt(record, attempt, zone)
    if (typeof draft === "string") return rejected(draft)
    return { captures: [withSequence(draft, repeatOf(draft, cell("auth_id") ?? ""))] }
  }

  const parse = (line: SourceRecord): ParsedRecord => {
    if (line.text === "" && !records.isOpen()) return nothing
    const record = records.take(line)
    if (record === "open") return openRecord
    if (record === "malformed") return rejected("not-a-record")
    if (record === "too-long") return rejected("too-long")
    return parseRow(record.line, record.fields)
  }

  const endFile = (): ParsedRecord | undefined => {
    if (!records.isOpen()) return undefined
    records.reset()
    return rejected("cut-line")
  }

  return { startFile, parse, endFile }
}

const isHeader = (row: Row): boolean => row[0] === "timestamp" && row.includes("session_id")

const attemptColumns: Row = [
  "timestamp",
  "auth_id",
  "session_id",
  "source_ip",
  "source_port",
  "destination_ip",
  "destination_port",
  "protocol",
  "username",
  "password",
  "password_hash",
]

const sessionColumns: Row = [
  "timestamp",
  "duration",
  "session_id",
  "source_ip",
  "source_port",
  "destination_ip",
  "destination_port",
  "protocol",
  "num_auth_attempts",
]

/**
 * What the columns are where no header was seen: Heralding writes one into an empty file only, so
 * that a file has none after it was rotated by copying and truncating, or when reading goes on in
 * the middle of it.
 */
const columnsOf = (row: Row): Row | undefined => {
  if (!rowBeginning.test(row.slice(0, 3).join(","))) return undefined
  const beforeHashes = attemptColumns.slice(0, -1)
  return [attemptColumns, beforeHashes, sessionColumns].find(({ length }) => length === row.length)
}

const fieldsOf = (cell: (name: string) => string | undefined): Record<string, string> => {
  const sourcePort = cell("source_port") ?? cell("souce_port") // so spelt by the first releases
  const destinationIp = cell("destination_ip")
  const destinationPort = cell("destination_port")
  const passwordHash = cell("password_hash")
  return {
    ...(sourcePort ? { sourcePort } : {}),
    ...(destinationIp ? { destinationIp } : {}),
    ...(destinationPort ? { destinationPort } : {}),
    ...(passwordHash ? { passwordHash } : {}),
  }
}

const rememberedRows = 4096

/**
 * How many other attempts equal to this one, in the same instant, came before it. A row that was
 * written twice (overlapping copies of a file) has the same `auth_id` and so the same number.
 */
const equalRows = (): ((draft: CaptureDraft, authId: string) => number) => {
  let instant = ""
  let remembered = 0
  const ids = new Map<string, Map<string, number>>()
  return (draft, authId) => {
    if (draft.observedAt !== instant || remembered >= rememberedRows) {
      instant = draft.observedAt
      remembered = 0
      ids.clear()
    }
    const key = attemptKey(draft)
    const equals = ids.get(key) ?? new Map<string, number>()
    ids.set(key, equals)
    const id = authId === "" ? `#${equals.size}` : authId
    const sequence = equals.get(id) ?? equals.size
    equals.set(id, sequence)
    remembered++
    return sequence
  }
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
const rowBeginning = new RegExp(
  `^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?,(?:${uuid}|\\d+),${uuid}(?:,|$)`,
  "i",
)

const isHeraldingCsv = ({ text }: SourceRecord): boolean =>
  text.startsWith("timestamp,") ? isHeader(text.split(",")) : rowBeginning.test(text)

/**
 * Heralding's CSV of login attempts, `log_auth.csv` (`auth.csv` under T-Pot), of every release:
 * columns go by the names in the header. Its sibling `log_session.csv` holds no credentials and is
 * understood to say nothing. The same attempts are in `log_session.json`, and
 * {@link heraldingAttempt} says how the two come to the same events; where a password holds a
 * carriage return and a line feed in its middle they do not, as the CSV is read by lines.
 */
export const heraldingAuth: SourceAdapter = {
  format: "heralding-auth",
  zoneless: true,
  recognises: isHeraldingCsv,
  parser,
  parserPerFile: true,
}
