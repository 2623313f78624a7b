import type { SourceRecord } from "../SourceRecord.ts"
import type { Envelope } from "./Envelope.ts"
import { recordsIn } from "./recordsIn.ts"

const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
const isoTime =
  "\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z| ?[+-]\\d\\d:?\\d\\d)?"
const bsdTime = `${month} [ \\d]?\\d(?: \\d{4})? \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?`

/** A line of a container's log in the format of the CRI, as Kubernetes keeps them. */
export const criLine = new RegExp(
  `^${isoTime} (?<stream>stdout|stderr) (?<tag>[PF](?::\\S*)?) (?<line>.*)$`,
  "s",
)

const structuredData = '(?:-|(?:\\[[^\\s\\]=]+(?: [^\\s=]+="(?:[^"\\\\\\]]|\\\\.)*")*\\])+)'

/** What stands before a line in logs that others have written it to. */
const headers: ReadonlyArray<RegExp> = [
  // RFC 5424
  new RegExp(`^<\\d{1,3}>1 \\S+ \\S+ \\S+ \\S+ \\S+ ${structuredData} \\ufeff?`),
  // RFC 3164, and as journalctl and rsyslog write it to files: with or without a priority, the time
  // in its own form or as ISO 8601, a host, and a tag with or without a process
  new RegExp(`^(?:<\\d{1,3}>)?(?:${bsdTime}|${isoTime}) \\S+ [^\\s:[]+(?:\\[[^\\]]*\\])?: ?`),
  // The same from a sender that leaves the host out
  new RegExp(`^(?:<\\d{1,3}>)?${bsdTime} [^\\s:[]+(?:\\[[^\\]]*\\])?: ?`),
  // A priority alone, as Python's SysLogHandler sends it
  /^<\d{1,3}>(?:[^\s:[{]+(?:\[[^\]]*\])?: ?)?/,
  // docker compose logs, kubectl logs --prefix, docker logs --timestamps
  /^[\w.-]{1,128} +\| /,
  /^\[[\w./-]{1,256}\] /,
  new RegExp(`^${isoTime} `),
]

/** What some put between the header and the record, mostly the name and the level of a logger. */
const longestPrefix = 200

const cri = (record: SourceRecord): ReadonlyArray<SourceRecord> | undefined => {
  const line = criLine.exec(record.text)?.groups?.line
  return line === undefined ? undefined : [record.inner(line)]
}

const headed = (header: RegExp): Envelope => ({
  open: (record) => {
    const found = header.exec(record.text)
    if (found === null) return undefined
    const rest = record.text.slice(found[0].length)
    const brace = rest.indexOf("{")
    const isPrefixed = brace > 0 && brace <= longestPrefix
    const texts = isPrefixed ? [rest, rest.slice(brace)] : [rest]
    return texts.map((text) => record.inner(text))
  },
  isChoice: true,
})

/** A line that was made a JSON string, as an element of an array. */
const quoted = (record: SourceRecord): ReadonlyArray<SourceRecord> | undefined => {
  if (!record.text.startsWith('"')) return undefined
  try {
    const text: unknown = JSON.parse(record.text)
    return typeof text === "string" ? recordsIn(text, record) : undefined
  } catch {
    return undefined // it only looked like a string
  }
}

export const textEnvelopes: ReadonlyArray<Envelope> = [
  { open: cri, isCertain: true },
  { open: quoted },
  ...headers.map(headed),
]
