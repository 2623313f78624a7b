import { describe, expect, it } from "vitest"
import { heraldingAuth } from "../../../../src/infra/sources/heralding/heraldingAuth.ts"
import type { CaptureDraft, ParsedRecord } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const newParser = () => {
  const parser = heraldingAuth.parser({ zone: () => 0 })
  parser.startFile()
  return parser
}
const parseAll = (...lines: ReadonlyArray<string>): ReadonlyArray<ParsedRecord> => {
  const parser = newParser()
  return lines.map((text) => parser.parse(line(text)))
}
const capture = (parsed: ParsedRecord | undefined): CaptureDraft | undefined =>
  parsed !== undefined && "captures" in parsed ? parsed.captures[0] : undefined

const header =
  "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash"
const sessionHeader =
  "timestamp,duration,session_id,source_ip,source_port,destination_ip,destination_port,protocol,num_auth_attempts"
const authId = "7c0e1f6a-93b2-4d1c-8f57-2a41c0c5d0aa"
const otherAuthId = "1d2f8a30-5b7e-4a55-9c1d-d4f0b1c2e3bb"
const session = "6f0b9a54-0d4e-4c57-9f0e-0b5d3a7d1c11"
const row = (rest = "root,hunter0,", { id = authId, time = "2026-02-03 04:05:06.700000" } = {}) =>
  `${time},${id},${session},192.0.2.7,4022,203.0.113.9,23,telnet,${rest}`
const sessionRow = `2026-02-03 04:05:06.700000,3,${session},192.0.2.7,4022,203.0.113.9,23,telnet,1`

const understood = { captures: [] }
const open = { captures: [], open: true }

describe("heraldingAuth", () => {
  it("reads a row by the names in the header", () => {
    const parsed = parseAll(header, row())
    expect(parsed[0]).toEqual(understood)
    expect(capture(parsed[1])).toMatchObject({
      service: "telnet",
      principal: "root",
      secret: { kind: "plaintext", bytes: Buffer.from("hunter0") },
      fields: { sourcePort: "4022", destinationIp: "203.0.113.9", destinationPort: "23" },
    })
  })

  it("takes an empty user name for an absent one", () => {
    expect(capture(parseAll(header, row(",hunter0,"))[1])?.principal).toBeNull()
  })

  it("reads the columns of older releases", () => {
    const without = header.replace(",password_hash", "")
    expect(capture(parseAll(without, row("root,hunter0"))[1])?.principal).toBe("root")
    const oldest =
      "timestamp,auth_id,session_id,source_ip,souce_port,destination_port,protocol,username,password"
    const old = `2016-04-02 04:05:06.700000,${authId},${session},192.0.2.7,4022,23,telnet,root,hunter0`
    expect(capture(parseAll(oldest, old)[1])).toMatchObject({
      principal: "root",
      fields: { sourcePort: "4022", destinationPort: "23" },
    })
  })

  it("reads the usual columns where there is no header", () => {
    expect(capture(parseAll(row())[0])?.principal).toBe("root")
    expect(capture(parseAll(row("root,hunter0"))[0])?.principal).toBe("root")
    expect(parseAll(sessionRow)[0]).toEqual(understood)
    expect(parseAll("a,b,c,d,e,f,g,h,i,j,k")[0]).toEqual({ rejected: "not-a-record" })
  })

  it("forgets the header at the start of the next file", () => {
    const parser = newParser()
    parser.parse(line("timestamp,session_id,source_ip,protocol,username,password"))
    parser.startFile()
    expect(capture(parser.parse(line(row())))?.principal).toBe("root")
  })

  it("understands a header in the middle, also one of other columns", () => {
    const parsed = parseAll(header, row(), header.replace(",password_hash", ""), row("guest,y"))
    expect(parsed[2]).toEqual(understood)
    expect(capture(parsed[3])?.principal).toBe("guest")
  })

  it("takes nothing from the file of sessions, whose rows must still be whole", () => {
    expect(parseAll(sessionHeader, sessionRow)).toEqual([understood, understood])
    expect(parseAll(sessionHeader, `${sessionRow},1`)[1]).toEqual({ rejected: "not-a-record" })
  })

  it("joins a record that spans several lines", () => {
    const parsed = parseAll(header, row('root,"one'), "", 'two",', row("guest,x,"))
    expect(parsed.slice(1, 3)).toEqual([open, open])
    expect(capture(parsed[3])?.secret).toMatchObject({
      bytes: Buffer.from("one\n\ntwo"),
    })
    expect(capture(parsed[4])?.principal).toBe("guest")
  })

  it("does not take a row inside a password for a row", () => {
    const parsed = parseAll(header, row('root,"one'), row("forged,x,"), '",')
    expect(parsed[2]).toEqual(open)
    expect(capture(parsed[3])?.principal).toBe("root")
  })

  it("keeps a password that is no UTF-8 byte by byte", () => {
    const parser = newParser()
    const bytes = Buffer.concat([
      Buffer.from(row("j\u016brat\u0117,p")),
      Buffer.of(0xff),
      Buffer.from(","),
    ])
    const draft = capture(parser.parse(SourceRecord.of(bytes)))
    expect(draft?.secret).toMatchObject({ bytes: Buffer.of(0x70, 0xff) })
    expect(draft?.principal).toBe("j\u016brat\u0117")
  })

  it("says of a record that never ended that the file was cut", () => {
    const parser = newParser()
    parser.parse(line(header))
    parser.parse(line(row('root,"one')))
    expect(parser.endFile()).toEqual({ rejected: "cut-line" })
    expect(parser.endFile()).toBeUndefined()
  })

  it("gives up a record that grows too long and reads on", () => {
    const parser = newParser()
    parser.parse(line(header))
    parser.parse(line(row(`root,"${"x".repeat(40_000)}`)))
    expect(parser.parse(line("x".repeat(40_000)))).toEqual({ rejected: "too-long" })
    expect(capture(parser.parse(line(row())))?.principal).toBe("root")
  })

  it.each([
    ["too few columns", row("root,hunter0"), "not-a-record"],
    ["too many columns", row("root,hunter0,,"), "not-a-record"],
    ["text behind a quote", row('root,"a"b,'), "not-a-record"],
    ["no time", row(undefined, { time: "yesterday" }), "bad-timestamp"],
    ["no protocol", row().replace("telnet", ""), "missing-field"],
    ["no session", row().replace(session, ""), "missing-field"],
  ])("rejects a row with %s", (_, text, reason) => {
    expect(parseAll(header, text)[1]).toEqual({ rejected: reason })
  })

  it("rejects the rows under a header that lacks a needed column", () => {
    const parsed = parseAll("timestamp,session_id,password", `2026-02-03 04:05:06,${session},x`)
    expect(parsed[1]).toEqual({ rejected: "missing-field" })
  })

  it("keeps an attempt whose address is hashed, masked or missing without one", () => {
    for (const address of ["192.0.2.x", "5f2b9c", ""]) {
      const parsed = parseAll(header, row().replace("192.0.2.7", address))
      expect(capture(parsed[1])).toMatchObject({ attackerIp: null, principal: "root" })
    }
  })

  const start = "2016-04-03 04:05:06.700000"
  const end = "192.0.2.7,4000,23"
  const releasesOf2016 = [
    [
      "timestamp,auth_id,auth_type,session_id,source_ip,souce_port,destination_port,username,password",
      `${start},${authId},plaintext,${session},${end},root,hunter0`,
    ],
    [
      "timestamp,auth_id,auth_type,session_id,source_ip,souce_port,destination_port,protocol,username,password",
      `${start},${authId},plaintext,${session},${end},telnet,root,hunter0`,
    ],
    [
      "timestamp,session_id,source_ip,souce_port,destination_port,protocol,username,password",
      `${start},${session},${end},telnet,root,hunter0`,
    ],
    [
      "timestamp,auth_id,session_id,source_ip,souce_port,destination_port,protocol,username,password",
      `${start},${authId},${session},${end},telnet,root,hunter0`,
    ],
    [
      "timestamp,auth_id,session_id,source_ip,source,destination_ip,destination_port,protocol,username,password",
      `${start},${authId},${session},192.0.2.7,4000,198.51.100.1,23,telnet,root,hunter0`,
    ],
  ] as const

  it.each(releasesOf2016)("reads what releases of 2016 wrote under %s", (columns, text) => {
    for (const lines of [[columns, text], [text]]) {
      expect(lines.map(line).every(heraldingAuth.recognises)).toBe(true)
      expect(capture(parseAll(...lines).at(-1))).toMatchObject({
        observedAt: "2016-04-03T04:05:06.700000Z",
        sessionId: session,
        service: "telnet",
        attackerIp: "192.0.2.7",
        principal: "root",
        secret: { bytes: Buffer.from("hunter0") },
      })
    }
  })

  it("reads the rows of a release under the header of the one before", () => {
    const [[before]] = releasesOf2016
    expect(capture(parseAll(before, row())[1])?.secret).toMatchObject({
      bytes: Buffer.from("hunter0"),
    })
  })

  it("numbers equal attempts of one instant, but not copies of one row", () => {
    const other = row(undefined, { id: otherAuthId })
    const parsed = parseAll(header, row(), other, row(), other, row("guest,x,"))
    expect(parsed.slice(1).map((one) => capture(one)?.sequence)).toEqual([
      undefined,
      1,
      undefined,
      1,
      undefined,
    ])
  })

  it("begins to count again with the next instant", () => {
    const later = row(undefined, { id: otherAuthId, time: "2026-02-03 04:05:06.700001" })
    expect(capture(parseAll(header, row(), later)[2])?.sequence).toBeUndefined()
  })

  it("understands an empty line and an empty file", () => {
    expect(parseAll(header, "")).toEqual([understood, understood])
    expect(newParser().endFile()).toBeUndefined()
  })

  it("recognises headers and rows of both files and nothing else", () => {
    const own = [header, row(), sessionHeader, sessionRow, row().slice(0, 120)]
    expect(own.map(line).filter(heraldingAuth.recognises).length).toBe(5)
    const foreign = [
      "timestamp,src_ip,username",
      "",
      '{"session_id":"x"}',
      "2026-02-03 04:05:06,a,b",
    ]
    expect(foreign.map(line).filter(heraldingAuth.recognises).length).toBe(0)
  })
})
