import { describe, expect, it } from "vitest"
import { adapters, recogniseFormat } from "../../../src/infra/sources/adapters.ts"
import { SourceRecord } from "../../../src/infra/sources/SourceRecord.ts"

const lines = (texts: ReadonlyArray<string>) =>
  texts.map((text) => SourceRecord.of(Buffer.from(text)))
const formatOf = (...texts: ReadonlyArray<string>) => recogniseFormat(lines(texts))?.format

const uuid = "00000000-0000-4000-8000-000000000001"
const time = "2024-01-02T03:04:05.000006"

/** Some lines of every format, by its name. */
const samples: Readonly<Record<string, ReadonlyArray<string>>> = {
  cowrie: [
    JSON.stringify({ eventid: "cowrie.session.connect", session: "a", src_ip: "192.0.2.1" }),
    JSON.stringify({ eventid: "cowrie.session.closed", session: "a", src_ip: "192.0.2.1" }),
  ],
  "heralding-auth": [
    "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash",
    `2024-01-02 03:04:05.000006,${uuid},${uuid},192.0.2.1,4000,198.51.100.1,21,ftp,u,p,`,
  ],
  "heralding-session": [
    JSON.stringify({
      timestamp: "2024-01-02 03:04:05.000006",
      session_id: uuid,
      source_ip: "192.0.2.1",
      destination_ip: "198.51.100.1",
      protocol: "ftp",
      num_auth_attempts: 0,
      auth_attempts: [],
    }),
  ],
  dionaea: [
    JSON.stringify({
      connection: { protocol: "mssqld", transport: "tcp", type: "accept" },
      src_ip: "192.0.2.1",
      timestamp: time,
    }),
  ],
  opencanary: [
    JSON.stringify({
      dst_host: "198.51.100.1",
      dst_port: 21,
      logdata: { USERNAME: "u", PASSWORD: "p" },
      logtype: 2000,
      node_id: "decoy-a",
      src_host: "192.0.2.1",
      src_port: 4000,
      utc_time: "2024-01-02 03:04:05.000006",
    }),
  ],
  decnet: [`<134>1 ${time}Z decoy-a ssh - login [relay@55555 attacker_ip="192.0.2.1"]`],
  "ssh-honeypot": ["[Tue Mar  3 04:05:06 2020] 192.0.2.1 u p"],
  telnethoney: [
    JSON.stringify({
      timestamp: `${time}+00:00`,
      src_ip: "192.0.2.1",
      username: "u",
      password: "p",
      command: null,
    }),
  ],
}

describe("adapters", () => {
  it("have names of their own, and a sample here each", () => {
    expect(adapters.map(({ format }) => format).sort()).toEqual(Object.keys(samples).sort())
  })
})

describe("recogniseFormat", () => {
  for (const [format, texts] of Object.entries(samples)) {
    it(`knows ${format} by its lines, and no other format claims them`, () => {
      const claims = adapters.filter(
        (adapter) => lines(texts).filter(adapter.recognises).length > 0,
      )
      expect(claims.map((adapter) => adapter.format)).toEqual([format])
      expect(formatOf(...texts)).toBe(format)
    })

    it(`knows ${format} when the last line is cut and a word stands before`, () => {
      const [first = ""] = texts
      expect(formatOf("a word", first, first.slice(0, 30))).toBe(format)
    })
  }

  it("chooses the format with the most lines, and the earlier one of equals", () => {
    const [a = ""] = samples.cowrie ?? []
    const [b = ""] = samples["ssh-honeypot"] ?? []
    expect(formatOf(b, a, b)).toBe("ssh-honeypot")
    expect(formatOf(a, b, a)).toBe("cowrie")
    expect(formatOf(b, a)).toBe("cowrie")
  })

  it("knows nothing in other text", () => {
    expect(formatOf()).toBeUndefined()
    expect(formatOf("words", "", "{}", "[]", "null", '{"a": 1}', "\u0000\u0000")).toBeUndefined()
  })
})
