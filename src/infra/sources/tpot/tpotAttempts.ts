import { serviceName, unknownService } from "../../../domain/capture/service.ts"
import type { ZoneCorrection } from "../../../domain/event/timestamp.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { dionaeaSecret } from "../dionaea/dionaea.ts"
import { numbered } from "../equalAttempts.ts"
import { heraldingAttempt } from "../heralding/heraldingAttempt.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type RejectReason,
  rejected,
} from "../SourceAdapter.ts"
import { isJsonObject, type JsonObject, type SourceRecord } from "../SourceRecord.ts"
import { serviceOfPort } from "../servicePorts.ts"
import { serviceOfType } from "./tpotTypes.ts"

/** The attempts that a document tells of in the fields that all honeypots of T-Pot share. */
export const tpotAttempts = (
  record: SourceRecord,
  document: JsonObject,
  zone: ZoneCorrection,
): ParsedRecord => {
  if (document.username === undefined && document.password === undefined) return nothing
  const pairs = pairsOf(document)
  if (pairs === undefined) return rejected("wrong-type")
  const drafts: Array<CaptureDraft> = []
  for (const pair of pairs) {
    if (pair.username === null && pair.password === null) continue
    const draft =
      document.type === "Heralding"
        ? heralding(record, document, pair, zone)
        : attempt(record, document, pair, zone)
    if (typeof draft === "string") return rejected(draft)
    drafts.push(draft)
  }
  return { captures: numbered(drafts) }
}

interface Pair {
  readonly username: string | null
  readonly password: string | null
}

const heralding = (
  record: SourceRecord,
  document: JsonObject,
  { username, password }: Pair,
  zone: ZoneCorrection,
): CaptureDraft | RejectReason => {
  const { session_id: sessionId, proto, src_ip } = document
  if (typeof sessionId !== "string" || typeof proto !== "string") {
    return sessionId === undefined || proto === undefined ? "missing-field" : "wrong-type"
  }
  const seen = {
    timestamp: timeOf(document),
    sessionId,
    sourceIp: src_ip,
    protocol: proto,
    username,
    password,
    fields: fieldsOf(document),
  }
  return heraldingAttempt(record, seen, zone)
}

const attempt = (
  record: SourceRecord,
  document: JsonObject,
  { username, password }: Pair,
  zone: ZoneCorrection,
): CaptureDraft | RejectReason => {
  const time = timeOf(document)
  const observedAt = loggedTime(time, zone)
  if (observedAt === undefined) return noTime(time)
  const service = serviceOf(document)
  return {
    observedAt,
    sensor: null,
    service,
    attackerIp: loggedAddress(document.src_ip),
    sessionId: null,
    principal: username === null ? null : record.textOf(username),
    secret:
      document.type === "Dionaea"
        ? dionaeaSecret(record, service, password)
        : password === null
          ? null
          : triedSecret(plaintext, record.bytesOf(password)),
    outcome: null,
    fields: fieldsOf(document),
  }
}

/** The honeypot's own time where the document has kept it, which may be finer than Logstash's. */
const timeOf = ({ timestamp, "@timestamp": received }: JsonObject): unknown =>
  loggedTime(timestamp, () => 0) === undefined ? (received ?? timestamp) : timestamp

/** Dionaea's lists of names and of passwords, which Logstash has joined with commas. */
const pairsOf = ({ type, username, password }: JsonObject): ReadonlyArray<Pair> | undefined => {
  const names = valuesOf(username)
  const passwords = valuesOf(password)
  if (names === undefined || passwords === undefined) return undefined
  const [name = null] = names
  const [secret = null] = passwords
  if (names.length < 2 && passwords.length < 2) {
    return type === "Dionaea" ? separated(name, secret) : [{ username: name, password: secret }]
  }
  return paired(names, passwords)
}

const separated = (name: string | null, secret: string | null): ReadonlyArray<Pair> | undefined => {
  const names = name?.split(",") ?? []
  const secrets = secret?.split(",") ?? []
  // A comma in one of them that the other has not was typed.
  if (names.length < 2 || secrets.length < 2) return [{ username: name, password: secret }]
  return paired(names, secrets)
}

const paired = (
  names: ReadonlyArray<string | null>,
  secrets: ReadonlyArray<string | null>,
): ReadonlyArray<Pair> | undefined =>
  names.length === secrets.length
    ? names.map((username, index) => ({ username, password: secrets[index] ?? null }))
    : undefined

const valuesOf = (value: unknown): ReadonlyArray<string | null> | undefined => {
  const values = (Array.isArray(value) ? value : [value]).map(loggedText)
  return values.every((one) => one !== undefined) ? values.map(unlessUnfilled) : undefined
}

/** Logstash leaves the name of a field in the text where there is no such field. */
const unlessUnfilled = (text: string | null): string | null =>
  text !== null && /^%\{\[?credentials\]?.*\}$/.test(text) ? null : text

const transports: ReadonlySet<string> = new Set(["", "tcp", "udp", "icmp"])

const serviceOf = (document: JsonObject): string => {
  const { type, dest_port, connection, proto, protocol, server } = document
  const nested = isJsonObject(connection) ? connection.protocol : undefined
  for (const name of [nested, proto, protocol, server]) {
    const service = typeof name === "string" ? serviceName(name) : ""
    if (!transports.has(service)) return service
  }
  const ofType = typeof type === "string" ? serviceOfType.get(type) : undefined
  if (ofType) return ofType
  return serviceOfPort(dest_port) ?? (typeof type === "string" ? serviceName(type) : unknownService)
}

const fieldsOf = ({ src_port, dest_ip, dest_port }: JsonObject): Record<string, string> => {
  const sourcePort = loggedText(src_port)
  const destinationPort = loggedText(dest_port)
  return {
    ...(sourcePort ? { sourcePort } : {}),
    ...(typeof dest_ip === "string" && dest_ip !== "" ? { destinationIp: dest_ip } : {}),
    ...(destinationPort ? { destinationPort } : {}),
  }
}
