import { ipAddress } from "../../../domain/capture/address.ts"
import { Outcome } from "../../../domain/capture/capture.ts"
import { serviceName, unknownService } from "../../../domain/capture/service.ts"
import { parseTimestamp } from "../../../domain/event/timestamp.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { loggedAddress } from "../loggedValue.ts"
import {
  nothing,
  type ParsedRecord,
  type ParserSettings,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"
import { type SyslogRecord, scanRfc5424, scanWrapped } from "./rfc5424.ts"

/**
 * The RFC 5424 lines of DECNET's decoys and of its collector's raw log. A capture is any record
 * with a `secret_b64` in its `[relay@55555 ...]`, whatever the message id; every other record is
 * understood and says nothing.
 *
 * A record is one physical line. DECNET does not escape line feeds, so text of an attacker can
 * break a record in two: the first half is rejected as a cut line, what follows is read by itself.
 * A record forged that way inside a value gives itself away, because its quotes are escaped. One
 * forged where DECNET escapes nothing (the free text after the structured data), or by a process
 * that may write to the log, cannot be told from a true one: lines do not prove where they come
 * from.
 */
export const decnet: SourceAdapter = {
  format: "decnet",
  zoneless: false,
  namesManyHosts: true,
  recognises: ({ text }) => isOurs(text),
  parser: (settings) => ({
    startFile: () => {},
    parse: (record) => parse(record, settings),
    endFile: () => undefined,
  }),
}

type Params = ReadonlyMap<string, string>

const elementId = "relay@55555"
const elementStart = `[${elementId} `
// The element among those of the record, or of the one in the envelope of a log reader.
const isOurs = (text: string): boolean => {
  const header = /^<\d{1,3}>1 (?:\S+ ){4}(\S+) /.exec(text)
  if (header === null || !text.includes(elementStart)) return false
  const data = text.slice(header[0].length)
  if (data.startsWith("- ")) return header[1] === "-"
  return ownElement.test(data)
}

const ownElement = /^(?:\[(?:[^\]\\]|\\.)*\])*?\[relay@55555 /

const parse = (record: SourceRecord, settings: ParserSettings): ParsedRecord => {
  if (record.text === "") return nothing
  const outer = scanRfc5424(record.text)
  if (typeof outer === "string") return rejected(outer)
  const inner = scanWrapped(outer)
  // A message that only resembles a record is free text, unless it is a capture gone wrong.
  if (typeof inner === "string") {
    const lost = inner !== "not-a-record" && outer.message.includes(elementStart)
    return lost ? rejected(inner) : parseRecord(record, outer, settings)
  }
  return parseRecord(record, inner, settings)
}

const parseRecord = (
  line: SourceRecord,
  record: SyslogRecord,
  settings: ParserSettings,
): ParsedRecord => {
  const params = paramsOf(line, record)
  const base64 = params.get("secret_b64")
  if (base64 === undefined) return nothing
  const bytes = bytesOfBase64(base64)
  if (bytes === undefined) return rejected("bad-base64")
  const observedAt = parseTimestamp(record.timestamp ?? "", settings.zone)
  if (observedAt === undefined) return rejected("bad-timestamp")
  const kind = params.get("secret_kind") || plaintext
  const service = serviceOf(record, params)
  const principal = principalOf(params, service, kind)
  const outcome = params.get("outcome")
  return {
    captures: [
      {
        observedAt,
        sensor: record.hostname === null ? null : line.textOf(record.hostname),
        service,
        attackerIp: attackerAddress(params, record.message),
        sessionId: firstSaid(params, sessionParams) ?? null,
        principal,
        secret: triedSecret(kind, bytes),
        outcome: Outcome.literals.find((literal) => literal === outcome) ?? null,
        fields: fieldsOf(params, principal, bytes),
      },
    ],
  }
}

/** Of a repeated name the last value counts, as it does for DECNET's own collector. */
const paramsOf = (line: SourceRecord, record: SyslogRecord): Params => {
  const params = new Map<string, string>()
  for (const element of record.structuredData) {
    if (element.id !== elementId) continue
    for (const [name, value] of element.params) params.set(name, line.textOf(value))
  }
  return params
}

/** Only what an encoder writes: the alphabet, the padding, no bits left over. */
const bytesOfBase64 = (base64: string): Uint8Array | undefined => {
  const bytes = Buffer.from(base64, "base64")
  return bytes.toString("base64") === base64 ? bytes : undefined
}

const sessionParams = ["session", "session_id", "sid"]
const sourceParams = ["src_ip", "src", "client_ip", "remote_ip", "remote_addr"]
const lastSourceParams = ["target_ip", "ip"]

/** What an emitter writes for "nothing": its language's word for it, or the decoy's own. */
const unsaid = new Set(["", "-", "none", "unknown"])

const firstSaid = (params: Params, names: ReadonlyArray<string>): string | undefined => {
  for (const name of names) {
    const value = params.get(name)
    if (value !== undefined && !unsaid.has(value.toLowerCase())) return value
  }
  return undefined
}

/** `null` where the record does not say, or where what it says is no address. */
const attackerAddress = (params: Params, message: string): string | null => {
  const source = firstSaid(params, [...sourceParams, ...lastSourceParams])
  return source === undefined ? addressIn(message) : loggedAddress(source)
}

const longestAddress = 64 // IPv6 with a zone, brackets and a port
const introducing = new Set(["from", "rhost", "client", "src"])
const messageParams = new Set([...sourceParams, "rhost"])

/**
 * The address that a message names as the source, as `src=<address>` or `from <address>`; `null`
 * where it names none, or several: an attacker may have put one of them there.
 */
const addressIn = (message: string): string | null => {
  const found = new Set<string>()
  let previous = ""
  for (const word of message.split(/\s+/)) {
    const equals = word.indexOf("=")
    const named = equals > 0 && messageParams.has(word.slice(0, equals).toLowerCase())
    const text = named ? word.slice(equals + 1) : introducing.has(previous) ? word : ""
    const address = text.length > longestAddress ? undefined : addressWithin(text)
    if (address !== undefined) found.add(address)
    previous = word.toLowerCase()
  }
  const [only] = found
  return found.size === 1 && only !== undefined ? only : null
}

const addressWithin = (text: string): string | undefined =>
  ipAddress(text) ?? ipAddress(text.replace(/^["'(]/, "").replace(/[,;:.)"']+$/, ""))

/**
 * `principal`, else `username`. The text `None` is a missing principal only where the emitter has
 * no other way to say so: SNMP communities and bearer tokens, which never have one; Redis, whose
 * `AUTH` with a password alone has none; and HTTP, where a form or a digest may come without a user.
 * There a user really called `None` is taken for nobody; anywhere else `None` is a name that
 * somebody tried.
 */
const principalOf = (params: Params, service: string, kind: string): string | null => {
  const principal = params.get("principal") ?? params.get("username") ?? null
  const mayBeMissing = servicesWithoutPrincipal.has(service) || kindsWithoutPrincipal.has(kind)
  return principal === "None" && mayBeMissing ? null : principal
}

const servicesWithoutPrincipal = new Set([
  "redis",
  "http",
  "https",
  "k8s",
  "docker_api",
  "elasticsearch",
])
const kindsWithoutPrincipal = new Set(["snmp_community", "http_bearer", "http_digest_md5"])

/**
 * The logins of SSH and of Telnet are both reported by the program `auth-helper`; which of them it
 * was follows from what else the record says, if all that it says agrees.
 */
const serviceOf = (record: SyslogRecord, params: Params): string => {
  if (record.appName !== "auth-helper") return serviceName(record.appName ?? "") || unknownService
  const hints = new Set<string>()
  for (const [name, services] of helperHints) {
    addHints(hints, params.get(name) ?? "", services)
  }
  addHints(hints, record.message, programs)
  const [only] = hints
  return hints.size === 1 && only !== undefined ? only : unknownService
}

const addHints = (hints: Set<string>, text: string, services: Params): void => {
  for (const word of text.toLowerCase().split(/[^a-z0-9]+/)) {
    const service = services.get(word)
    if (service !== undefined) hints.add(service)
  }
}

const programs: Params = new Map([
  ["ssh", "ssh"],
  ["ssh2", "ssh"],
  ["sshd", "ssh"],
  ["telnet", "telnet"],
  ["telnetd", "telnet"],
])
// A Telnet server leaves the login to login(1), which PAM knows as `login` or `remote`.
const pamServices: Params = new Map([...programs, ["login", "telnet"], ["remote", "telnet"]])
// While it authenticates, an SSH server has no terminal yet and gives `ssh` as its name.
const terminals: Params = new Map([
  ["ssh", "ssh"],
  ["pts", "telnet"],
])
const ports: Params = new Map([
  ["22", "ssh"],
  ["23", "telnet"],
])
const helperHints: ReadonlyArray<readonly [param: string, services: Params]> = [
  ["service", pamServices],
  ["pam_service", pamServices],
  ["tty", terminals],
  ["pam_tty", terminals],
  ["port", ports],
  ["dst_port", ports],
  ["local_port", ports],
  ["server_port", ports],
]

/**
 * The parameters worth keeping beside the capture, chosen by name, since most others (headers,
 * bodies, communities, responses) repeat the secret. In the query of a path the secret is left out.
 */
const fieldsOf = (
  params: Params,
  principal: string | null,
  secret: Uint8Array,
): Record<string, string> => {
  const fields: Record<string, string> = {}
  for (const name of keptParams) {
    const value = params.get(name)
    if (value === undefined || value === principal || unsaid.has(value.toLowerCase())) continue
    fields[name] = name === "path" ? withoutSecret(value, secret) : value
  }
  return fields
}

/** A path with `***` for each value of its query that is the secret, however it is encoded. */
const withoutSecret = (path: string, secret: Uint8Array): string => {
  const [before = "", ...query] = path.split("?")
  if (query.length === 0) return path
  const masked = query.join("?").replaceAll(/([^&;=]+=)([^&;]*)/g, (all, name, value) => {
    const decoded = Buffer.from(percentDecoded(value.replaceAll("+", " ")), "latin1")
    return decoded.equals(secret) || Buffer.from(value).equals(secret) ? `${name}***` : all
  })
  return `${before}?${masked}`
}

const percentDecoded = (text: string): string =>
  Buffer.from(text)
    .toString("latin1")
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

const keptParams = [
  "username",
  "domain",
  "dn",
  "database",
  "mechanism",
  "auth_path",
  "client_id",
  "proto",
  "version",
  "method",
  "path",
  "from_",
  "to",
  "oids",
  "user_agent",
  "src_port",
  "remote_port",
  "connection_id",
]
