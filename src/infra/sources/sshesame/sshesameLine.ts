import type { JsonObject } from "../SourceRecord.ts"

/** One event, from the JSON log or the text log. */
export interface SshesameEvent {
  readonly time: unknown
  /** `<address>:<port>`: where a connection comes from is all that names it. */
  readonly source: string
  readonly type: string
  readonly event: JsonObject
}

const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const line = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) \[([^\s\]]+|\[[^\s\]]+\]:\d+)\] (.+)$/s

/** What the text log says, and as which event the JSON log says it. */
const messages: ReadonlyArray<readonly [message: RegExp, type: string, field: string | undefined]> =
  [
    [
      new RegExp(
        `^authentication for user (${quoted}) with password (${quoted}) (accepted|rejected)$`,
      ),
      "password_auth",
      "password",
    ],
    [
      new RegExp(
        `^authentication for user (${quoted}) with public key (${quoted}) (accepted|rejected)$`,
      ),
      "public_key_auth",
      "public_key",
    ],
    [
      new RegExp(
        `^authentication for user (${quoted}) with keyboard interactive answers \\[((?:${quoted} ?)*)\\] (accepted|rejected)$`,
      ),
      "keyboard_interactive_auth",
      "answers",
    ],
    [
      new RegExp(
        `^authentication for user (${quoted}) without credentials()( accepted| rejected)$`,
      ),
      "no_auth",
      undefined,
    ],
  ]

/** The event that a line of the text log tells of; `undefined` where it is no such line. */
export const sshesameLine = (text: string): SshesameEvent | undefined => {
  const found = line.exec(text)
  if (found === null) return undefined
  const [, year, month, day, clock, source = "", message = ""] = found
  const time = `${year}-${month}-${day} ${clock}`
  if (message === "connection closed") return { time, source, type: "connection_close", event: {} }
  const version = new RegExp(`^connection with client version (${quoted}) established$`).exec(
    message,
  )
  if (version !== null) {
    return {
      time,
      source,
      type: "connection",
      event: { client_version: unquoted(version[1] ?? "") },
    }
  }
  for (const [pattern, type, field] of messages) {
    const [, user, tried = "", answer = ""] = pattern.exec(message) ?? []
    if (user === undefined) continue
    const values = [...tried.matchAll(new RegExp(quoted, "g"))].map(([value]) => unquoted(value))
    const secret = field === undefined ? {} : { [field]: field === "answers" ? values : values[0] }
    const accepted = answer.trim() === "accepted"
    return { time, source, type, event: { user: unquoted(user), accepted, ...secret } }
  }
  return { time, source, type: "", event: {} }
}

const escapes = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g
const named: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
}

/**
 * The text in Go's quotes (`%q`). Bytes that are no UTF-8 come as `\xNN`, and become the characters of
 * these numbers.
 */
const unquoted = (text: string): string =>
  text.slice(1, -1).replace(escapes, (_, byte, unit, point, letter) => {
    const code = byte ?? unit ?? point
    return code === undefined
      ? (named[letter] ?? letter)
      : String.fromCodePoint(Number.parseInt(code, 16))
  })
