import type { Outcome } from "../../../domain/capture/capture.ts"
import { serviceName } from "../../../domain/capture/service.ts"
import { plaintext, type TriedSecret, triedSecret } from "../../../domain/secret/secret.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { objectParser } from "../objectParser.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type JsonObject, type SourceRecord } from "../SourceRecord.ts"

const utc = (): number => 0

const parse = (event: JsonObject, record: SourceRecord): ParsedRecord => {
  const name = event.server ?? event.protocol
  if (event.action === undefined || name === undefined) return rejected("missing-field")
  if (typeof event.action !== "string" || typeof name !== "string") return rejected("wrong-type")
  const service = serviceOf(name)
  const isQuery = service === "snmp" && event.action === "query"
  if (event.action !== "login" && !isQuery) return nothing
  if (service === "") return rejected("missing-field")
  const credential = isQuery ? communityOf(event, record) : loginOf(event, record, service)
  if (credential === "wrong-type") return rejected(credential)
  if (credential === undefined) return nothing
  const observedAt = loggedTime(event.timestamp, utc)
  if (observedAt === undefined) return rejected(noTime(event.timestamp))
  const capture: CaptureDraft = {
    observedAt,
    sensor: null,
    service,
    attackerIp: loggedAddress(event.src_ip),
    sessionId: null,
    principal: credential.principal,
    secret: credential.secret,
    outcome: isQuery ? "observed" : outcomeOf(event.status),
    fields: fieldsOf(event),
  }
  return { captures: [capture] }
}

interface Credential {
  readonly principal: string | null
  readonly secret: TriedSecret | null
}

const loginOf = (
  event: JsonObject,
  record: SourceRecord,
  service: string,
): Credential | "wrong-type" | undefined => {
  const username = loggedText(event.username)
  const password = loggedText(event.password)
  if (username === undefined || password === undefined) return "wrong-type"
  if (username === null && password === null && event.key_fingerprint === undefined)
    return undefined
  return {
    principal: username === null ? null : record.textOf(username),
    secret: password === null ? null : secretOf(record, service, password),
  }
}

/** For MySQL the password is the response to the challenge, or the packet where there was none. */
const secretOf = (record: SourceRecord, service: string, password: string): TriedSecret | null => {
  if (service !== "mysql") return triedSecret(plaintext, record.bytesOf(password))
  if (/^[0-9a-f]{40}$/.test(password)) {
    return triedSecret("mysql_native_password", Buffer.from(password, "hex"))
  }
  return /^(?:[0-9a-f]{1,2}:)+[0-9a-f]{1,2}$/.test(password)
    ? null
    : triedSecret(plaintext, record.bytesOf(password))
}

const communityOf = (
  event: JsonObject,
  record: SourceRecord,
): Credential | "wrong-type" | undefined => {
  const community = isJsonObject(event.data) ? loggedText(event.data.community) : null
  if (community === undefined) return "wrong-type"
  if (community === null) return undefined
  return { principal: null, secret: triedSecret("snmp_community", record.bytesOf(community)) }
}

const outcomeOf = (status: unknown): Outcome | null => {
  if (status === "success") return "success"
  return status === "failed" ? "failure" : null
}

/** What it calls a service, where that differs from the name used here. */
const ownNames: ReadonlyMap<string, string> = new Map([
  ["elastic", "elasticsearch"],
  ["http_proxy", "httpproxy"],
  ["memcached", "memcache"],
])

const serviceOf = (name: string): string => {
  const service = serviceName(name.replace(/_server$/, ""))
  return ownNames.get(service) ?? service
}

const fieldsOf = ({ src_port, dest_port, key_fingerprint }: JsonObject): Record<string, string> => {
  const sourcePort = loggedText(src_port)
  const destinationPort = loggedText(dest_port)
  return {
    ...(sourcePort ? { sourcePort } : {}),
    ...(destinationPort ? { destinationPort } : {}),
    ...(typeof key_fingerprint === "string" ? { keyFingerprint: `MD5:${key_fingerprint}` } : {}),
  }
}

const isHoneypots = (record: SourceRecord): boolean => {
  const event = record.object
  if (typeof event === "string" || typeof event.action !== "string") return false
  const name = event.server ?? event.protocol
  return (
    typeof name === "string" &&
    event.src_ip !== undefined &&
    event.dest_port !== undefined &&
    event.timestamp !== undefined
  )
}

/**
 * The JSON log of qeeqbox's honeypots (a part of T-Pot): one event a line, of which the logins are
 * captures, and SNMP queries for their community. Its times are in UTC without saying so. Of a public
 * key it has the MD5 fingerprint alone, which names no secret that others could have: that is absent.
 */
export const honeypots: SourceAdapter = {
  format: "honeypots",
  isJson: true,
  zoneless: false,
  recognises: isHoneypots,
  parser: () => objectParser(parse),
}
