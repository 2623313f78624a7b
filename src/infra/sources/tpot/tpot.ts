import { beelzebub } from "../beelzebub/beelzebub.ts"
import { cowrie } from "../cowrie/cowrie.ts"
import { dionaea } from "../dionaea/dionaea.ts"
import { heraldingAuth } from "../heralding/heraldingAuth.ts"
import { honeypots } from "../honeypots/honeypots.ts"
import { objectParser } from "../objectParser.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { JsonObject, SourceRecord } from "../SourceRecord.ts"
import { tpotAttempts } from "./tpotAttempts.ts"
import { serviceOfType, watchers } from "./tpotTypes.ts"

/** The honeypots whose documents keep all that their own logs have. */
const kept = [cowrie, dionaea, honeypots, beelzebub]

const parser = (settings: ParserSettings): RecordParser => {
  const parsers = kept.map((adapter) => ({ adapter, parser: adapter.parser(settings) }))

  /** The document as the log that it was made from has it. */
  const asLogged = (
    record: SourceRecord,
    { type, message }: JsonObject,
  ): ParsedRecord | undefined => {
    for (const { adapter, parser } of parsers) {
      if (adapter.recognises(record)) return parser.parse(record)
    }
    if (type !== "Heralding" || typeof message !== "string") return undefined
    const row = heraldingAuth.parser(settings).parse(record.inner(message))
    return "captures" in row && row.captures.length > 0 ? row : undefined
  }

  const reader = objectParser((document, record) => {
    if (typeof document.type === "string" && watchers.has(document.type)) return nothing
    const parsed = asLogged(record, document) ?? tpotAttempts(record, document, settings.zone)
    return onHost(parsed, document)
  })
  return {
    ...reader,
    endFile: () => {
      const captures = parsers.flatMap(({ parser }) => {
        const last = parser.endFile()
        return last !== undefined && "captures" in last ? last.captures : []
      })
      return captures.length === 0 ? undefined : { captures }
    },
  }
}

/** T-Pot's honeypots are containers, and name themselves after these. */
const containerId = /^[0-9a-f]{12}$/

const onHost = (parsed: ParsedRecord, document: JsonObject): ParsedRecord => {
  const { "t-pot_hostname": host } = document
  if (!("captures" in parsed) || typeof host !== "string" || host === "") return parsed
  const named = (sensor: string | null) =>
    sensor === null || containerId.test(sensor) ? host : sensor
  const captures = parsed.captures.map(
    (draft): CaptureDraft => ({ ...draft, sensor: named(draft.sensor) }),
  )
  if (parsed.session === undefined) return { captures }
  return { captures, session: { ...parsed.session, sensor: named(parsed.session.sensor) } }
}

const isTpot = (record: SourceRecord): boolean => {
  const { object } = record
  if (typeof object === "string" || typeof object.type !== "string") return false
  if (object["t-pot_hostname"] !== undefined || object["t-pot_ip_ext"] !== undefined) return true
  if (object["@timestamp"] === undefined) return false
  if (typeof object.path === "string" && object.path.startsWith("/data/")) return true
  return object.src_ip !== undefined && serviceOfType.has(object.type)
}

/**
 * The documents that T-Pot's Logstash makes of the logs of its honeypots and puts into Elasticsearch:
 * those of Cowrie, Dionaea, Heralding and others that keep what their logs have, as these logs; those
 * of every other honeypot by `username` and `password`, which all of them have where there was a login.
 */
export const tpot: SourceAdapter = {
  format: "tpot",
  isJson: true,
  zoneless: false,
  namesManyHosts: true,
  recognises: isTpot,
  parser,
  endsSessions: true,
}
