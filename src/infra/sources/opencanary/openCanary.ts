import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type RecordParser,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type SourceRecord } from "../SourceRecord.ts"
import { type LogData, loginTypes, said } from "./openCanaryCredential.ts"

type CanaryEvent = Readonly<Record<string, unknown>>

const parser = (): RecordParser => {
  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.isBlank) return nothing
    const event = record.object
    if (typeof event === "string") return rejected(event)
    if (event.logtype === undefined) return rejected("missing-field")
    const logtype = numberOf(event.logtype)
    if (logtype === undefined) return rejected("wrong-type")
    const login = loginTypes.get(logtype)
    if (login === undefined) return nothing
    if (event.logdata === undefined) return rejected("missing-field")
    if (!isJsonObject(event.logdata)) return rejected("wrong-type")
    const data = lowerCased(event.logdata)
    const credential = login.read(record, data)
    if (credential === "none") return nothing
    if (typeof credential === "string") return rejected(credential)
    const time = event.utc_time ?? event.local_time
    const observedAt = loggedTime(time, utc)
    if (observedAt === undefined) return rejected(noTime(time))
    const sensor = sensorOf(event)
    if (typeof sensor !== "string") return rejected("wrong-type")
    const capture: CaptureDraft = {
      observedAt,
      sensor: sensor === "" ? null : record.textOf(sensor),
      service: login.service,
      attackerIp: loggedAddress(event.src_host),
      sessionId: shown(data.get("session")) ?? null,
      principal: credential.principal,
      secret: credential.secret,
      outcome: login.outcome ?? "failure",
      fields: fieldsOf(record, event, data),
    }
    return { captures: [capture] }
  }
  return { startFile: () => {}, parse, endFile: () => undefined }
}

const utc = (): number => 0

const numberOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return value
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined
}

const lowerCased = (data: CanaryEvent): LogData =>
  new Map(Object.entries(data).map(([key, value]) => [key.toLowerCase(), value]))

// Elastic's integration writes `node: { id }`.
const sensorOf = ({ node_id, node }: CanaryEvent): unknown =>
  node_id ?? (isJsonObject(node) ? node.id : undefined) ?? ""

const shown = (value: unknown): string | undefined => {
  const text = said(loggedText(value) ?? null)
  return text === null || text === "" ? undefined : text
}

/** What is kept of `logdata`, and as which field. */
const kept: ReadonlyArray<readonly [key: string, field: string]> = [
  ["hostname", "hostname"],
  ["domain", "domain"],
  ["path", "path"],
  ["useragent", "userAgent"],
  ["remoteversion", "clientVersion"],
  ["appname", "clientName"],
  ["database", "database"],
  ["mechanism", "mechanism"],
  ["vnc server challenge", "challenge"],
  ["vnc client response", "response"],
]

const fieldsOf = (
  record: SourceRecord,
  event: CanaryEvent,
  data: LogData,
): Record<string, string> => {
  const fields: Record<string, string> = {}
  for (const [key, field] of kept) {
    const value = shown(data.get(key))
    if (value !== undefined) fields[field] = record.textOf(withoutQuery(field, value))
  }
  const sourcePort = shown(event.src_port)
  const destinationPort = shown(event.dst_port)
  if (sourcePort !== undefined) fields.sourcePort = sourcePort
  if (destinationPort !== undefined) fields.destinationPort = destinationPort
  return fields
}

// The query of a path may hold the password once more, spelled in a way that masking cannot know.
const withoutQuery = (field: string, value: string): string =>
  field === "path" ? (value.split("?", 1)[0] ?? "") : value

const isOpenCanary = (record: SourceRecord): boolean => {
  if (!record.text.includes('"logtype"')) return false
  const event = record.object
  if (typeof event === "string" || numberOf(event.logtype) === undefined) return false
  return isJsonObject(event.logdata) && (event.node_id !== undefined || isJsonObject(event.node))
}

/**
 * OpenCanary's log: one event a line, of which {@link loginTypes} are the captures. It denies
 * every login. The device's `node_id` is its host.
 *
 * `utc_time` is in UTC without saying so, and so is `local_time`, in spite of its name, which is
 * all that releases before October 2020 write; the one time that is local, `local_time_adjusted`,
 * never comes without them and is not read.
 */
export const openCanary: SourceAdapter = {
  format: "opencanary",
  isJson: true,
  zoneless: false,
  recognises: isOpenCanary,
  parser,
}
