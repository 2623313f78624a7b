import type { Outcome } from "../../../domain/capture/capture.ts"
import { plaintext, type TriedSecret, triedSecret } from "../../../domain/secret/secret.ts"
import { loggedText } from "../loggedValue.ts"
import type { RejectReason } from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"

/** The `logdata` of an OpenCanary event, its keys in lower case whatever they were. */
export type LogData = ReadonlyMap<string, unknown>

/** Who an event says somebody claimed to be, and what was tried. */
interface Credential {
  readonly principal: string | null
  readonly secret: TriedSecret | null
}

/** An event of a kind that may carry a credential, but does not carry one. */
type NoCredential = "none"

type Reader = (record: SourceRecord, data: LogData) => Credential | NoCredential | RejectReason

/** What OpenCanary's modules write where they have nothing to write, each in its own words. */
const placeholders = {
  // http: a form without the field, a request without the header. vnc: a password not on its list.
  anywhere: new Set(["<not supplied>", "<Password was not in the common list>"]),
  // A token that it cannot read; in present releases: any.
  httpProxyUser: "Invalid auth-token submitted",
  mongodbUser: "unknown",
}

/** A text, but `null` where it is one of OpenCanary's placeholders. */
export const said = (text: string | null): string | null =>
  text === null || placeholders.anywhere.has(text) ? null : text

const plain = (record: SourceRecord, password: string | null): TriedSecret | null =>
  password === null ? null : triedSecret(plaintext, record.bytesOf(password))

const claimed = (record: SourceRecord, username: string | null): string | null =>
  username === null ? null : record.textOf(username)

/** The value of a key: text, `null` where there is none, `undefined` where it is no text. */
const textAt = (data: LogData, key: string): string | null | undefined => {
  const text = loggedText(data.get(key))
  return text === undefined ? undefined : said(text)
}

/** `USERNAME` and `PASSWORD`, one of which may be missing. */
const pair: Reader = (record, data) => {
  if (!data.has("username") && !data.has("password")) return "missing-field"
  const username = textAt(data, "username")
  const password = textAt(data, "password")
  if (username === undefined || password === undefined) return "wrong-type"
  return { principal: claimed(record, username), secret: plain(record, password) }
}

/** The password is the client's response to the challenge, in hexadecimal. */
const mysql: Reader = (record, data) => {
  const read = pair(record, data)
  const password = data.get("password")
  const isResponse = typeof password === "string" && hexadecimal.test(password)
  return typeof read !== "string" && isResponse
    ? { ...read, secret: triedSecret("mysql_native_password", Buffer.from(password, "hex")) }
    : read
}

/** Nothing of an NTLM login is logged: user name and password are always empty. */
const ntlm: Reader = (record, data) => {
  const read = pair(record, data)
  return typeof read === "string" ? read : { principal: null, secret: null }
}

const httpProxy: Reader = (record, data) =>
  data.get("username") === placeholders.httpProxyUser
    ? { principal: null, secret: null }
    : pair(record, data)

/** The password where it is on OpenCanary's own list; otherwise the response to the challenge. */
const vnc: Reader = (record, data) => {
  const key = data.has("vnc password") ? "vnc password" : "password"
  if (!data.has(key) && !data.has("vnc client response")) return "missing-field"
  const password = textAt(data, key)
  const response = textAt(data, "vnc client response")
  if (password === undefined || response === undefined) return "wrong-type"
  if (password !== null) return { principal: null, secret: plain(record, password) }
  const isResponse = response !== null && hexadecimal.test(response)
  const secret = isResponse ? triedSecret("vnc_des_response", Buffer.from(response, "hex")) : null
  return { principal: null, secret }
}

/** The community of a request takes the place of a password; there is no user. */
const snmp: Reader = (record, data) => {
  if (!data.has("community_string")) return "missing-field"
  const community = textAt(data, "community_string")
  if (community === undefined) return "wrong-type"
  const secret =
    community === null ? null : triedSecret("snmp_community", record.bytesOf(community))
  return { principal: null, secret }
}

/** Mostly only the user name that a client announces, and often not even that. */
const rdp: Reader = (record, data) =>
  typeof data.get("username") === "string" || typeof data.get("password") === "string"
    ? pair(record, data)
    : "none"

/** Commands; `AUTH` takes a password, or a user and a password. Long arguments are cut. */
const redis: Reader = (record, data) => {
  if (!data.has("cmd")) return "missing-field"
  const command = textAt(data, "cmd")
  const given = textAt(data, "args")
  if (command === undefined || given === undefined) return "wrong-type"
  if (command?.toUpperCase() !== "AUTH" || !given) return "none"
  const [, username = null, password = given] = /^([^ ]+) (.*)$/s.exec(given) ?? []
  const secret = cutArguments.test(given) ? null : plain(record, password)
  return { principal: claimed(record, username), secret }
}

const cutArguments = /\(and -?\d+ more bytes\)$/

/** The secret that the operator set for keep-alive connections, sent by somebody who knows it. */
const tcpBanner: Reader = (record, data) => {
  if (!data.has("secret_string")) return "none"
  const secret = textAt(data, "secret_string")
  return secret === undefined ? "wrong-type" : { principal: null, secret: plain(record, secret) }
}

/**
 * Of a MongoDB login only the user name is logged, since the secret is not sent; but with PLAIN both
 * are, in the payload of `auth_data`: a Python dictionary as text, bytes in it in hexadecimal.
 */
const mongodb: Reader = (record, data) => {
  if (data.get("action") !== "mongodb.auth_attempt") return "none"
  const username = textAt(data, "username")
  if (username === undefined) return "wrong-type"
  const known = username === placeholders.mongodbUser ? null : claimed(record, username)
  if (String(data.get("mechanism")).toUpperCase() !== "PLAIN") {
    return { principal: known, secret: null }
  }
  const [, hex = ""] = /'payload': '((?:[0-9a-f]{2})+)'/i.exec(String(data.get("auth_data"))) ?? []
  const sent = Buffer.from(hex, "hex")
  const first = sent.indexOf(0)
  const second = sent.indexOf(0, first + 1)
  if (first === -1 || second === -1) return { principal: known, secret: null }
  const principal = sent.toString("utf8", first + 1, second)
  return { principal, secret: triedSecret(plaintext, sent.subarray(second + 1)) }
}

const hexadecimal = /^(?:[0-9a-f]{2})+$/i

interface LoginType {
  readonly service: string
  readonly read: Reader
  /** What OpenCanary answered, where that is not a refusal. */
  readonly outcome?: Outcome
}

/**
 * The events of OpenCanary that may carry a credential: the service attacked, and how the
 * credential is read from `logdata`. The numbers are those of `LoggerBase` in OpenCanary's
 * `logger.py`, what is logged is as its modules have it, of 2015 to 2026.
 */
export const loginTypes: ReadonlyMap<number, LoginType> = new Map([
  [2000, { service: "ftp", read: pair }],
  [3001, { service: "http", read: pair }],
  [4002, { service: "ssh", read: pair }],
  [6001, { service: "telnet", read: pair }],
  [7001, { service: "httpproxy", read: httpProxy }],
  [8001, { service: "mysql", read: mysql }],
  [9001, { service: "mssql", read: pair }],
  [9002, { service: "mssql", read: ntlm }],
  [12001, { service: "vnc", read: vnc }],
  [13001, { service: "snmp", read: snmp, outcome: "observed" as const }],
  [14001, { service: "rdp", read: rdp }],
  [17001, { service: "redis", read: redis }],
  [18003, { service: "tcpbanner", read: tcpBanner, outcome: "success" as const }],
  [20001, { service: "mongodb", read: mongodb }],
])
