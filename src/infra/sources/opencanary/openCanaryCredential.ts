import { makeSecret, plaintext, type Secret } from "../../../domain/secret/secret.ts"
import type { RejectReason } from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"

/** The `logdata` of an OpenCanary event, its keys in lower case whatever they were. */
export type LogData = ReadonlyMap<string, unknown>

/** Who an event says somebody claimed to be, and what was tried. */
interface Credential {
  readonly principal: string | null
  readonly secret: Secret | null
}

/** An event of a kind that may carry a credential, but does not carry one. */
type NoCredential = "none"

type Reader = (record: SourceRecord, data: LogData) => Credential | NoCredential | RejectReason

const text = (value: unknown): value is string | null | undefined =>
  value === undefined || value === null || typeof value === "string"

const plain = (record: SourceRecord, password: string | null | undefined): Secret | null =>
  typeof password === "string" ? makeSecret(plaintext, record.bytesOf(password)) : null

const claimed = (record: SourceRecord, username: string | null | undefined): string | null =>
  typeof username === "string" ? record.textOf(username) : null

/** `USERNAME` and `PASSWORD`, one of which may be missing. */
const pair: Reader = (record, data) => {
  const username = data.get("username")
  const password = data.get("password")
  if (username === undefined && password === undefined) return "missing-field"
  if (!text(username) || !text(password)) return "wrong-type"
  return { principal: claimed(record, username), secret: plain(record, password) }
}

/** The password is the client's response to the challenge, in hexadecimal. */
const mysql: Reader = (record, data) => {
  const read = pair(record, data)
  const password = data.get("password")
  const isResponse = typeof password === "string" && hexadecimal.test(password)
  return typeof read !== "string" && isResponse
    ? { ...read, secret: makeSecret("mysql_native_password", Buffer.from(password, "hex")) }
    : read
}

/** Nothing of an NTLM login is logged: user name and password are always empty. */
const ntlm: Reader = (record, data) => {
  const read = pair(record, data)
  return typeof read === "string" ? read : { principal: null, secret: null }
}

/** A token that OpenCanary cannot read (in present releases: any) is logged as this user. */
const unreadableToken = "Invalid auth-token submitted"

const httpProxy: Reader = (record, data) =>
  data.get("username") === unreadableToken ? { principal: null, secret: null } : pair(record, data)

/** The password where it is on OpenCanary's own list; otherwise the response to the challenge. */
const vnc: Reader = (record, data) => {
  const password = data.get("vnc password") ?? data.get("password")
  const response = data.get("vnc client response")
  if (password === undefined && response === undefined) return "missing-field"
  if (!text(password) || !text(response)) return "wrong-type"
  const isKnown = typeof password === "string" && password !== notOnTheList
  if (isKnown) return { principal: null, secret: plain(record, password) }
  const isResponse = typeof response === "string" && hexadecimal.test(response)
  const secret = isResponse ? makeSecret("vnc_des_response", Buffer.from(response, "hex")) : null
  return { principal: null, secret }
}

const notOnTheList = "<Password was not in the common list>"

/** Mostly only the user name that a client announces, and often not even that. */
const rdp: Reader = (record, data) =>
  typeof data.get("username") === "string" || typeof data.get("password") === "string"
    ? pair(record, data)
    : "none"

/** Commands; `AUTH` takes a password, or a user and a password. Long arguments are cut. */
const redis: Reader = (record, data) => {
  const command = data.get("cmd")
  const given = data.get("args")
  if (command === undefined) return "missing-field"
  if (!text(command) || !text(given)) return "wrong-type"
  if (command?.toUpperCase() !== "AUTH" || !given) return "none"
  const [, username, password] = /^([^ ]+) (.*)$/s.exec(given) ?? [null, null, given]
  const secret = cutArguments.test(given) ? null : plain(record, password)
  return { principal: claimed(record, username), secret }
}

const cutArguments = /\(and -?\d+ more bytes\)$/

/** Of a MongoDB login only the user name is logged; the secret is never sent. */
const mongodb: Reader = (record, data) => {
  if (data.get("action") !== "mongodb.auth_attempt") return "none"
  const username = data.get("username")
  if (!text(username)) return "wrong-type"
  return { principal: username === "unknown" ? null : claimed(record, username), secret: null }
}

const hexadecimal = /^(?:[0-9a-f]{2})+$/i

/**
 * The events of OpenCanary that may carry a credential: the service attacked, and how the
 * credential is read from `logdata`. The numbers are those of `LoggerBase` in OpenCanary's
 * `logger.py`, what is logged is as its modules have it, of 2015 to 2026.
 */
export const loginTypes: ReadonlyMap<number, { readonly service: string; readonly read: Reader }> =
  new Map([
    [2000, { service: "ftp", read: pair }],
    [3001, { service: "http", read: pair }],
    [4002, { service: "ssh", read: pair }],
    [6001, { service: "telnet", read: pair }],
    [7001, { service: "httpproxy", read: httpProxy }],
    [8001, { service: "mysql", read: mysql }],
    [9001, { service: "mssql", read: pair }],
    [9002, { service: "mssql", read: ntlm }],
    [12001, { service: "vnc", read: vnc }],
    [14001, { service: "rdp", read: rdp }],
    [17001, { service: "redis", read: redis }],
    [20001, { service: "mongodb", read: mongodb }],
  ])
