import {
  isJsonObject,
  type JsonObject,
  recordsOfLines,
  type SourceRecord,
} from "../SourceRecord.ts"
import type { Envelope } from "./Envelope.ts"
import { recordsIn } from "./recordsIn.ts"

type Open = (object: JsonObject, record: SourceRecord) => ReadonlyArray<SourceRecord> | undefined

const json =
  (open: Open): Envelope["open"] =>
  (record) => {
    const { object } = record
    return typeof object === "string" ? undefined : open(object, record)
  }

/** The objects of a list, each as a record. */
const listed = (list: unknown, record: SourceRecord): ReadonlyArray<SourceRecord> | undefined =>
  Array.isArray(list)
    ? list.filter(isJsonObject).map((object) => record.innerObject(object))
    : undefined

/** A line of a container's log, as Docker's json-file driver and those that read it write it. */
const containerLine: Open = ({ log, stream }, record) =>
  typeof log === "string" && (stream === "stdout" || stream === "stderr")
    ? recordsIn(log, record)
    : undefined

/** journald's export as JSON: text, or bytes where these are no text. */
const journalEntry: Open = (object, record) => {
  const { MESSAGE: message } = object
  if (!journalFields.some((name) => object[name] !== undefined)) return undefined
  if (typeof message === "string") return recordsIn(message, record)
  // A field that was given several times is a list of its values.
  const isRepeated = Array.isArray(message) && message.length > 0 && message.every(Array.isArray)
  const values = isRepeated ? message : [message]
  return values.flatMap((value) => {
    if (!Array.isArray(value) || !value.every((byte) => Number.isInteger(byte))) return []
    return recordsOfLines(Uint8Array.from(value))
  })
}

const journalFields = ["__REALTIME_TIMESTAMP", "__CURSOR", "_BOOT_ID", "SYSLOG_IDENTIFIER"]

/** A document of Elasticsearch, as a search or a dump gives it, or the answer with all of them. */
const document: Open = ({ _source, hits, responses }, record) => {
  if (isJsonObject(_source)) return [record.innerObject(_source)]
  return isJsonObject(hits) ? listed(hits.hits, record) : listed(responses, record)
}

/** The lines of a bulk request that say where the document behind them goes. */
const bulkAction: Open = (object) => {
  const [[name, action] = [], ...others] = Object.entries(object)
  if (others.length > 0 || name === undefined || !bulkActions.has(name)) return undefined
  return isJsonObject(action) && Object.keys(action).every((key) => key.startsWith("_"))
    ? []
    : undefined
}

const bulkActions: ReadonlySet<string> = new Set(["index", "create", "update", "delete"])

/** A result of a search in Splunk: the event as it came, or its fields. */
const splunkResult: Open = ({ result, results, preview, _raw }, record) => {
  if (typeof _raw === "string") return recordsIn(_raw, record)
  if (isJsonObject(result)) return [record.innerObject(result)]
  return preview === undefined ? undefined : listed(results, record)
}

/** The keys under which shippers keep the line that they read. */
const lineKeys = [
  "message", // Filebeat, Logstash, Vector, OpenCanary's webhook
  "log", // Fluentd and Fluent Bit
  "line", // Loki
  "short_message", // GELF
  "full_message",
  "textPayload", // Google Cloud Logging
  "event", // Splunk's HTTP event collector
  "text",
  "raw",
]

const shippedLine =
  (key: string): Open =>
  (object, record) => {
    const value = object[key]
    return typeof value === "string" ? recordsIn(value, record) : undefined
  }

/** ECS has the line as it was in `event.original`. */
const originalEvent: Open = (object, record) => {
  const { event } = object
  const original = isJsonObject(event) ? event.original : object["event.original"]
  return typeof original === "string" ? recordsIn(original, record) : undefined
}

/** A record that a shipper has decoded, under a key that its configuration names. */
const decodedObjects: Open = (object, record) =>
  Object.values(object)
    .filter(isJsonObject)
    .map((value) => record.innerObject(value))

export const jsonEnvelopes: ReadonlyArray<Envelope> = [
  { open: json(containerLine), isCertain: true },
  { open: json(journalEntry), isCertain: true },
  { open: json(document), isCertain: true },
  { open: json(bulkAction), isCertain: true },
  { open: json(splunkResult), isCertain: true },
  { open: json(originalEvent) },
  ...lineKeys.map((key) => ({ open: json(shippedLine(key)) })),
  { open: json(decodedObjects), isChoice: true },
]
