/** Puts the lines of a log into an envelope: the text of the file that a shipper makes of them. */
type Wrap = (lines: ReadonlyArray<string>) => string

const time = "2026-03-04T05:06:07.080910Z"
const eachLine =
  (wrap: (line: string, index: number) => unknown): Wrap =>
  (lines) =>
    lines.map((line, index) => asText(wrap(line, index))).join("")

const asText = (value: unknown): string =>
  `${typeof value === "string" ? value : JSON.stringify(value)}\n`

const cri = (line: string): string => `2026-03-04T05:06:07.080910111+01:00 stdout F ${line}`
const docker = (line: string) => ({ log: `${line}\n`, stream: "stdout", time })
const rfc5424 = (line: string): string => `<134>1 ${time} trap cowrie 811 - - ${line}`

/** Envelopes of any line, whatever it is. */
export const envelopesOfLines: Readonly<Record<string, Wrap>> = {
  "Docker's json-file": eachLine(docker),
  "Docker's json-file, long lines cut": eachLine((line) => {
    const parts = [line.slice(0, 30), line.slice(30)].filter((part) => part !== "")
    return parts
      .map((part, n) => ({ ...docker(""), log: n === parts.length - 1 ? `${part}\n` : part }))
      .map((part) => JSON.stringify(part))
      .join("\n")
  }),
  CRI: eachLine(cri),
  "CRI, long lines cut": eachLine(
    (line) =>
      `2026-03-04T05:06:07.08Z stdout P ${line.slice(0, 30)}\n2026-03-04T05:06:07.08Z stdout F ${line.slice(30)}`,
  ),
  "journald's export": eachLine((MESSAGE) => ({
    __CURSOR: "s=1",
    __REALTIME_TIMESTAMP: "1772600767080910",
    _HOSTNAME: "trap",
    SYSLOG_IDENTIFIER: "honeypot",
    MESSAGE,
  })),
  "journald's export, as bytes": eachLine((line) => ({
    __REALTIME_TIMESTAMP: "1772600767080910",
    MESSAGE: [...Buffer.from(line)],
  })),
  "a syslog header of RFC 5424": eachLine(rfc5424),
  "a syslog header of RFC 5424 with structured data": eachLine(
    (line) => `<134>1 ${time} trap cowrie 811 ID47 [a@1 k="v \\] \\" x"][b@2] \ufeff${line}`,
  ),
  "a syslog header of RFC 3164": eachLine(
    (line) => `<30>Mar  4 05:06:07 trap honeypot[77]: ${line}`,
  ),
  "the header of a syslog file": eachLine((line) => `Mar 14 05:06:07 trap honeypot: ${line}`),
  "the header of a syslog file, with ISO times": eachLine(
    (line) => `2026-03-04T05:06:07.080910+01:00 trap honeypot[77]: ${line}`,
  ),
  "docker compose's prefix": eachLine((line) => `honeypot-1  | ${line}`),
  "docker's times": eachLine((line) => `2026-03-04T05:06:07.080910111Z ${line}`),
  "Filebeat's message": eachLine((message, offset) => ({
    "@timestamp": time,
    "@metadata": { beat: "filebeat", type: "_doc", version: "8.11.0" },
    log: { offset, file: { path: "/var/log/trap.log" } },
    message,
    input: { type: "filestream" },
    agent: { type: "filebeat", name: "trap", ephemeral_id: "0" },
    host: { name: "trap" },
  })),
  "ECS's original event": eachLine((original) => ({
    "@timestamp": time,
    message: "an event",
    event: { original, kind: "event" },
    agent: { type: "filebeat" },
  })),
  "a document of Elasticsearch with the line": eachLine((message, n) => ({
    _index: "logs",
    _id: `${n}`,
    _source: { "@timestamp": time, message, host: { name: "trap" } },
  })),
  "a search result of Splunk": eachLine((_raw, offset) => ({
    preview: false,
    offset,
    result: { _raw, _time: time, host: "trap", sourcetype: "honeypot" },
  })),
  "results of Splunk": (lines) =>
    asText({
      preview: false,
      fields: [{ name: "_raw" }],
      results: lines.map((_raw) => ({ _raw })),
    }),
  Fluentd: eachLine((log) => ({ container_name: "/trap", source: "stdout", log })),
  Loki: eachLine((line) => ({ labels: { job: "trap" }, line, timestamp: time })),
  GELF: eachLine((short_message) => ({ version: "1.1", host: "trap", short_message, level: 6 })),
  "Docker around syslog": eachLine((line) => docker(rfc5424(line))),
  "Filebeat around CRI": eachLine((line) => ({ "@timestamp": time, message: cri(line) })),
  "an array of strings": (lines) => JSON.stringify(lines),
}

/** Envelopes of JSON objects, each on a line. */
export const envelopesOfObjects: Readonly<Record<string, Wrap>> = {
  "one array on one line": (lines) => `[${lines.join(",")}]`,
  "one array, an element a line": (lines) => `[\n${lines.join(",\n")}\n]\n`,
  "one array, printed for people": (lines) => JSON.stringify(lines.map(parsed), null, 4),
  "objects printed for people": eachLine((line) => JSON.stringify(parsed(line), null, 2)),
  "a document of Elasticsearch": eachLine((line, n) => ({
    _index: "logstash-2026.03.04",
    _type: "_doc",
    _id: `${n}`,
    _score: 1,
    _source: parsed(line),
  })),
  "an answer to a search": (lines) => asText(answer(lines)),
  "an answer to a search, printed for people": (lines) => JSON.stringify(answer(lines), null, 2),
  "answers to several searches": (lines) => asText({ took: 1, responses: [answer(lines)] }),
  "a bulk request": eachLine((line) => `{"index":{"_index":"logs"}}\n${line}`),
  "a shipper's decoded key": eachLine((line) => ({
    "@timestamp": time,
    agent: { name: "trap" },
    honeypot: parsed(line),
  })),
  "Splunk's event collector": eachLine((line) => ({ time: 1, host: "trap", event: parsed(line) })),
  "a search result of Splunk with fields": eachLine((line) => ({ result: parsed(line) })),
  "OpenCanary's webhook": eachLine((message) => ({ message })),
  "a logger's prefix behind a syslog header": eachLine(
    (line) => `<132>opencanaryd[77   :140]: trap WARNING ${line}`,
  ),
  "an array in a message": (lines) =>
    asText({ "@timestamp": time, message: `[${lines.join(",")}]` }),
  "an object over lines in a message": eachLine((line) => ({
    message: JSON.stringify(parsed(line), null, 2),
  })),
}

const parsed = (line: string): unknown => JSON.parse(line)

const answer = (lines: ReadonlyArray<string>) => ({
  took: 3,
  timed_out: false,
  _shards: { total: 1, successful: 1, failed: 0 },
  hits: {
    total: { value: lines.length, relation: "eq" },
    hits: lines.map((line, n) => ({ _index: "logs", _id: `${n}`, _source: parsed(line) })),
  },
})
