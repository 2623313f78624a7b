import { serviceName } from "../../../domain/capture/service.ts"
import { plaintext, type TriedSecret, triedSecret } from "../../../domain/secret/secret.ts"
import { numbered } from "../equalAttempts.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import {
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  type RejectReason,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type SourceRecord } from "../SourceRecord.ts"

const parser = ({ zone }: ParserSettings): RecordParser => {
  const parse = (record: SourceRecord): ParsedRecord => {
    const text = withoutArray(record.text)
    if (text === "") return nothing
    const incident = record.inner(text).object
    if (typeof incident === "string") return rejected(incident)
    const { connection, src_ip, timestamp, credentials } = incident
    if (connection === undefined) return rejected("missing-field")
    if (!isJsonObject(connection)) return rejected("wrong-type")
    if (credentials === undefined) return nothing
    const pairs = pairsOf(credentials)
    if (typeof pairs === "string") return rejected(pairs)
    if (pairs.length === 0) return nothing
    const { protocol } = connection
    if (protocol === undefined) return rejected("missing-field")
    if (typeof protocol !== "string") return rejected("wrong-type")
    const service = serviceName(protocol)
    if (service === "") return rejected("missing-field")
    const observedAt = loggedTime(timestamp, zone)
    if (observedAt === undefined) return rejected(noTime(timestamp))
    const attackerIp = loggedAddress(src_ip)
    const fields = fieldsOf(incident)
    const captures = pairs.map(({ username, password }) => ({
      observedAt,
      sensor: null,
      service,
      attackerIp,
      sessionId: null,
      principal: username === null ? null : record.textOf(username),
      secret: dionaeaSecret(record, service, password),
      outcome: null,
      fields,
    }))
    return { captures: numbered(captures) }
  }
  return { startFile: () => {}, parse, endFile: () => undefined }
}

// A file that was made into one JSON array has an element, or only punctuation, on each line.
const withoutArray = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && " \t[,".includes(text.charAt(start))) start++
  while (end > start && " \t],".includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

interface Pair {
  readonly username: string | null
  readonly password: string | null
}

// Lists beside each other with `flat_data`, as under T-Pot; a list of pairs without.
const pairsOf = (credentials: unknown): ReadonlyArray<Pair> | RejectReason => {
  const listed = Array.isArray(credentials) ? credentials : pairedUp(credentials)
  if (listed === undefined) return "wrong-type"
  const pairs: Array<Pair> = []
  for (const pair of listed) {
    if (!isJsonObject(pair)) return "wrong-type"
    const username = loggedText(pair.username)
    const password = loggedText(pair.password)
    if (username === undefined || password === undefined) return "wrong-type"
    pairs.push({ username, password })
  }
  return pairs
}

const pairedUp = (credentials: unknown): ReadonlyArray<unknown> | undefined => {
  if (!isJsonObject(credentials)) return undefined
  const { username = [], password = [] } = credentials
  if (!Array.isArray(username) || !Array.isArray(password)) return undefined
  return Array.from({ length: Math.max(username.length, password.length) }, (_, index) => ({
    username: username[index],
    password: password[index],
  }))
}

/** Dionaea logs "" as the password for MySQL whatever was sent: there it is absent. */
export const dionaeaSecret = (
  record: SourceRecord,
  service: string,
  password: string | null,
): TriedSecret | null =>
  password === null || (service === "mysql" && password === "")
    ? null
    : triedSecret(plaintext, record.bytesOf(password))

const fieldsOf = ({ src_port, dst_ip, dst_port }: Readonly<Record<string, unknown>>) => ({
  ...(typeof src_port === "number" ? { sourcePort: String(src_port) } : {}),
  ...(typeof dst_ip === "string" ? { destinationIp: dst_ip } : {}),
  ...(typeof dst_port === "number" ? { destinationPort: String(dst_port) } : {}),
})

const isDionaea = (record: SourceRecord): boolean => {
  if (!record.text.includes('"connection"')) return false
  const incident = record.inner(withoutArray(record.text)).object
  if (typeof incident === "string" || !isJsonObject(incident.connection)) return false
  const { protocol, transport } = incident.connection
  return (
    typeof protocol === "string" && typeof transport === "string" && incident.src_ip !== undefined
  )
}

/**
 * Dionaea's JSON log (`log_json`): one connection a line, with the credentials tried on it, one
 * JSON object a line or the same lines made into one array. Connections without credentials, most
 * of them, say nothing; `ftp.commands` repeats what `credentials` has and is not read.
 *
 * - It logs "" as the password for MySQL whatever was sent: there "" is an absent secret.
 * - It does not tell what it answered, and names no host: its `dst_ip` is a container's.
 * - It has no sessions. The time is that of the connection, to the microsecond, which with address
 *   and service is the connection already; the port of the other side is no session id, as some
 *   scanners use one port for all they do.
 */
export const dionaea: SourceAdapter = {
  format: "dionaea",
  isJson: true,
  zoneless: true,
  recognises: isDionaea,
  parser,
}
