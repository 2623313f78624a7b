import { ipAddress } from "../../../domain/capture/address.ts"
import { boundedText } from "../../../domain/event/bounded.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { attemptRun } from "../equalAttempts.ts"
import { loggedTime } from "../loggedValue.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  rejected,
  type SessionWord,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"
import { withoutPythonQuotes } from "./cowrieBytes.ts"

/** `<time> [<system>] <message>`, as Twisted writes a line; Kippo has a blank in the time. */
const line =
  /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?) \[([^\]]*(?:\[[^\]]*\][^\]]*)*)\] (.*)$/su

/** `<transport>,<number of the connection>,<address>` at the end of a system's name. */
const connection = /(\w*Transport),(\d+),([^,\s]+)$/u

const system = /HoneyPot|Cowrie|cowrie\.|kippo/u

const attempt = /^login attempt \[(.*)\] (failed|succeeded)$/su

const bytesLiteral = String.raw`b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*"`
const asBytes = new RegExp(`^(${bytesLiteral})/(${bytesLiteral})$`, "su")

const parser = ({ zone }: ParserSettings): RecordParser => {
  const run = attemptRun()

  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.isBlank) return nothing
    const { text } = record
    const found = line.exec(text)
    // What a failure of Cowrie itself leaves: a traceback, indented.
    if (found === null) return /^\s|^Traceback /u.test(text) ? nothing : rejected("not-a-record")
    const [, time = "", name = "", message = ""] = found
    const [sessionId, transport = "", , address = ""] = connection.exec(name) ?? []
    if (sessionId === undefined) return nothing
    const observedAt = loggedTime(time, zone)
    run.at(observedAt ?? "")
    const [, pair = "", ending] = attempt.exec(message) ?? []
    if (observedAt === undefined) return ending === undefined ? nothing : rejected("bad-timestamp")
    const service = /telnet/iu.test(transport) ? "telnet" : "ssh"
    const attackerIp = ipAddress(address) ?? null
    if (ending === undefined) {
      const said = saidOf(message)
      if (said === undefined) return nothing
      const session = { sensor: null, sessionId, at: observedAt, attackerIp, service, ...said }
      return { captures: [], session }
    }
    const tried = triedIn(record, pair)
    if (tried === undefined) return rejected("wrong-type")
    const draft: CaptureDraft = {
      observedAt,
      sensor: null,
      service,
      attackerIp,
      sessionId,
      principal: tried.user,
      secret: triedSecret(plaintext, tried.password),
      outcome: ending === "succeeded" ? "success" : "failure",
      fields: {},
    }
    return { captures: [run.numbered(draft)] }
  }

  return { startFile: () => run.at(""), parse, endFile: () => undefined }
}

/**
 * User and password: as Python shows bytes, `b'root'/b'12'`, or until 2018 as they are, `root/12`. There
 * a slash in the user cannot be told from the one in between: the first one is taken.
 */
const triedIn = (
  record: SourceRecord,
  pair: string,
): { readonly user: string; readonly password: Uint8Array } | undefined => {
  const [, user, password] = asBytes.exec(pair) ?? []
  if (user !== undefined && password !== undefined) {
    return { user: bytesShown(user).toString("utf8"), password: bytesShown(password) }
  }
  const slash = pair.indexOf("/")
  return slash < 0
    ? undefined
    : {
        user: record.textOf(pair.slice(0, slash)),
        password: record.bytesOf(pair.slice(slash + 1)),
      }
}

const escapes = /\\(?:x([0-9a-f]{2})|(.))/gsu
const named: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r" }

/** The bytes of a literal as Python shows them; it shows no other than printable ASCII as they are. */
const bytesShown = (literal: string): Buffer =>
  Buffer.from(
    literal
      .slice(2, -1)
      .replace(escapes, (_, hex: string | undefined, letter: string) =>
        hex === undefined
          ? (named[letter] ?? letter)
          : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    "latin1",
  )

/** What a line says of its session; `undefined` where it says nothing that is of use. */
const saidOf = (message: string): Partial<SessionWord> | undefined => {
  const version = /^Remote SSH version: (.+)$/su.exec(message)?.[1]
  if (version !== undefined) {
    return { clientVersion: boundedText(withoutPythonQuotes(version), 1024) }
  }
  const command = /^CMD: (.+)$/su.exec(message)?.[1]
  if (command !== undefined) return { command }
  return /^connection lost/iu.test(message) ? { ended: true } : undefined
}

const isCowrieText = ({ text }: SourceRecord): boolean => {
  const name = line.exec(text)?.[2]
  return name !== undefined && system.test(name)
}

/**
 * Cowrie's text log (`cowrie.log`, what `docker logs` shows) and Kippo's before it. It has most of what
 * the JSON log has, but neither its session ids nor the same times: read one of the two. A session is
 * named by its transport, number and address, which every line of it repeats.
 */
export const cowrieTextLog: SourceAdapter = {
  format: "cowrie-text",
  zoneless: true,
  recognises: isCowrieText,
  parser,
  parserPerFile: true,
  endsSessions: true,
}
