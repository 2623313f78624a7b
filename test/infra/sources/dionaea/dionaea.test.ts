import { describe, expect, it } from "vitest"
import { dionaea } from "../../../../src/infra/sources/dionaea/dionaea.ts"
import type { CaptureDraft } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const parse = (text: string) => dionaea.parser({ zone: () => -3_600_000 }).parse(line(text))
const captures = (text: string): ReadonlyArray<CaptureDraft> => {
  const parsed = parse(text)
  if ("rejected" in parsed) throw new Error(parsed.rejected)
  return parsed.captures
}

const connection = { protocol: "mssqld", transport: "tcp", type: "accept" }
const incident = {
  connection,
  dst_ip: "198.51.100.2",
  dst_port: 1433,
  src_hostname: "",
  src_ip: "::ffff:192.0.2.7",
  src_port: 4022,
  timestamp: "2026-02-03T04:05:06.700000",
}
const json = (changes: Record<string, unknown> = {}) => JSON.stringify({ ...incident, ...changes })
const tried = (username: unknown, password: unknown, changes: Record<string, unknown> = {}) =>
  json({ credentials: { username, password }, ...changes })

describe("dionaea", () => {
  it("makes a capture of every pair", () => {
    const drafts = captures(tried(["sa", "sa"], ["hunter0", ""]))
    expect(drafts).toMatchObject([
      { principal: "sa", secret: { bytes: Buffer.from("hunter0") } },
      { principal: "sa", secret: { bytes: { length: 0 } } },
    ])
    expect(drafts[0]).toMatchObject({
      observedAt: "2026-02-03T03:05:06.700000Z",
      sensor: null,
      service: "mssql",
      attackerIp: "192.0.2.7",
      sessionId: null,
      outcome: null,
      fields: { sourcePort: "4022", destinationIp: "198.51.100.2", destinationPort: "1433" },
    })
  })

  it("takes what one of the lists lacks for absent", () => {
    expect(captures(tried(["sa", "x"], ["hunter0"]))).toMatchObject([{}, { secret: null }])
    expect(captures(tried([null], ["hunter0", "y"]))).toMatchObject([
      { principal: null },
      { principal: null, secret: { bytes: Buffer.from("y") } },
    ])
    expect(captures(tried(undefined, ["x"]))).toMatchObject([{ principal: null }])
  })

  it("reads a list of pairs, as logged without flat data, the same way", () => {
    const listed = json({ credentials: [{ password: "hunter0", username: "sa" }] })
    expect(captures(listed)).toEqual(captures(tried(["sa"], ["hunter0"])))
  })

  it("numbers equal pairs of one line", () => {
    const drafts = captures(tried(["sa", "x", "sa"], ["a", "a", "a"]))
    expect(drafts.map(({ sequence }) => sequence)).toEqual([undefined, undefined, 1])
  })

  it("has no secret for MySQL, whose password Dionaea never logs", () => {
    const mysql = { connection: { ...connection, protocol: "mysqld" } }
    expect(captures(tried(["root"], [""], mysql))[0]).toMatchObject({
      service: "mysql",
      principal: "root",
      secret: null,
    })
  })

  it("does not count the commands of FTP again", () => {
    const ftp = {
      connection: { ...connection, protocol: "ftpd" },
      ftp: { commands: { command: ["USER", "PASS"], arguments: ["joe", "hunter0"] } },
    }
    expect(captures(tried(["joe"], ["hunter0"], ftp))).toMatchObject([{ service: "ftp" }])
    expect(captures(json(ftp))).toEqual([])
  })

  it("takes nothing from a connection without credentials", () => {
    expect(captures(json())).toEqual([])
    expect(captures(json({ credentials: { username: [], password: [] } }))).toEqual([])
    expect(captures(json({ credentials: [] }))).toEqual([])
    expect(captures("")).toEqual([])
  })

  it("reads the lines of one JSON array", () => {
    const one = tried(["sa"], ["]},["])
    for (const text of [`[${one},`, `${one},`, `${one}]`, `${one}`, `, ${one}`, ` ${one} ]`]) {
      expect(captures(text)).toMatchObject([{ secret: { bytes: Buffer.from("]},[") } }])
    }
    for (const text of ["[", ",", "]", "],", " ] "]) expect(captures(text)).toEqual([])
  })

  it.each([
    ["no connection", json({ connection: undefined }), "missing-field"],
    ["a connection that is none", json({ connection: "mssqld" }), "wrong-type"],
    ["no protocol", tried(["a"], ["b"], { connection: {} }), "missing-field"],
    ["an empty protocol", tried(["a"], ["b"], { connection: { protocol: "" } }), "missing-field"],
    ["a time that is none", tried(["a"], ["b"], { timestamp: "now" }), "bad-timestamp"],
    ["a time that is no text", tried(["a"], ["b"], { timestamp: 1 }), "wrong-type"],
    ["a fraction as password", tried(["a"], [1.5]), "wrong-type"],
    ["a list as user name", tried([[1]], ["b"]), "wrong-type"],
    ["a user name outside a list", tried("a", ["b"]), "wrong-type"],
    ["credentials that are none", json({ credentials: "a" }), "wrong-type"],
    ["no JSON", "[x,", "not-json"],
    ["its end missing", json().slice(0, -20), "cut-line"],
  ])("rejects a line that has %s", (_, text, reason) => {
    expect(parse(text)).toEqual({ rejected: reason })
  })

  it("reads passwords of digits that became numbers, and keeps attempts without an address", () => {
    for (const src_ip of ["192.0.x.x", "", undefined]) {
      expect(captures(tried([1], [1234], { src_ip }))).toMatchObject([
        { attackerIp: null, principal: "1", secret: { bytes: Buffer.from("1234") } },
      ])
    }
  })

  it("recognises its lines in both forms and no others", () => {
    const own = [json(), `[${json()},`, `${json()},`, `${json()}]`]
    expect(own.map(line).filter(dionaea.recognises).length).toBe(4)
    const foreign = [
      '{"connection":{"protocol":"x"}}',
      '{"connection":"tcp"}',
      "[",
      json().slice(5),
    ]
    expect(foreign.map(line).filter(dionaea.recognises).length).toBe(0)
  })
})
