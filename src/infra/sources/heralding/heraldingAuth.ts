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
import { serviceOfPort } from "../servicePorts.ts"
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
    // Behind an upgrade, rows have more columns than the header says.
    const isLonger = columns !== undefined && row.length > columns.length
    const names = isLonger ? layoutOf(row) : (columns ?? layoutOf(row))
    if (names?.length !== row.length) return rejected("not-a-record")
    if (!names.includes("password")) return nothing
    const cell = (name: string): string | undefined => row[names.indexOf(name)]
    const timestamp = cell("timestamp")
    const sessionId = cell("session_id")
    // The first releases named the port alone.
    const protocol = cell("protocol") ?? serviceOfPort(cell("destination_port"))
    const username = cell("username")
    const password = cell("password")
    if (sessionId === undefined || protocol === undefined) return rejected("missing-field")
    if (username === undefined || password === undefined) return rejected("missing-field")
    const attempt = {
      timestamp,
      sessionId,
      sourceIp: cell("source_ip"),
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

const columnsOf = (names: string): Row => names.split(" ")

/** The columns of all releases, of attempts and of sessions, the latest first. */
const layouts: ReadonlyArray<Row> = [
  "timestamp auth_id session_id source_ip source_port destination_ip destination_port protocol username password password_hash",
  "timestamp auth_id session_id source_ip source_port destination_ip destination_port protocol username password",
  "timestamp duration session_id source_ip source_port destination_ip destination_port protocol num_auth_attempts",
  // 2016, in the order in which they came, from March to April
  "timestamp auth_id session_id source_ip source_port destination_port protocol username password",
  "timestamp session_id source_ip source_port destination_port protocol username password",
  "timestamp auth_id auth_type session_id source_ip source_port destination_port protocol username password",
  "timestamp auth_id auth_type session_id source_ip source_port destination_port username password",
].map(columnsOf)

/**
 * What the columns are where no header was seen: Heralding writes one into an empty file only, so
 * that a file has none after it was rotated by copying and truncating, or when reading goes on in
 * the middle of it.
 */
const layoutOf = (row: Row): Row | undefined =>
  layouts.find((layout) => layout.length === row.length && beginsLike(row, layout))

/** Whether the cells up to the id of the session are what these columns hold. */
const beginsLike = (row: Row, layout: Row): boolean => {
  const ids = layout.slice(0, layout.indexOf("session_id") + 1)
  return ids.every((name, index) => cellShapes[name]?.test(row[index] ?? "") === true)
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const cellShapes: Readonly<Record<string, RegExp>> = {
  timestamp: /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?$/,
  auth_id: uuid,
  session_id: uuid,
  duration: /^\d+$/,
  auth_type: /^\w+$/,
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

const isHeraldingCsv = ({ text }: SourceRecord): boolean => {
  const row = text.split(",", 6)
  return row[0] === "timestamp"
    ? isHeader(text.split(","))
    : layouts.some((l) => beginsLike(row, l))
}

/**
 * Heralding's CSV of login attempts, `log_auth.csv` (`auth.csv` under T-Pot), of every release:
 * columns go by the names in the header. Its sibling `log_session.csv` holds no credentials and is
 * understood to say nothing. The same attempts are in `log_session.json`, and
 * {@link heraldingAttempt} says how the two come to the same events.
 */
export const heraldingAuth: SourceAdapter = {
  format: "heralding-auth",
  zoneless: true,
  recognises: isHeraldingCsv,
  parser,
  parserPerFile: true,
}
