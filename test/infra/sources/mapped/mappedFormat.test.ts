import { describe, expect, it } from "vitest"
import { type Mapping, parseMapping } from "../../../../src/infra/sources/mapped/Mapping.ts"
import { mappedFormat } from "../../../../src/infra/sources/mapped/mappedFormat.ts"
import { RecordReader } from "../../../../src/infra/sources/RecordReader.ts"
import { type CaptureDraft, otherRecord } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"
import { readPage } from "../../../docs/pages.ts"

const page = readPage("docs/how-to/read-a-honeypot-of-your-own.md")
const [, mappingText = "", logText = ""] =
  /```json\n([\s\S]*?)```[\s\S]*?```\n([\s\S]*?)```/.exec(page.text) ?? []

const read = (mapping: Mapping, lines: ReadonlyArray<string>) => {
  const adapter = mappedFormat(mapping)
  const reader = new RecordReader(adapter, adapter.parser({ zone: () => 0 }))
  reader.startFile()
  return lines.flatMap((line) => reader.read(SourceRecord.of(Buffer.from(line))))
}

const captures = (mapping: Mapping, lines: ReadonlyArray<string>): ReadonlyArray<CaptureDraft> =>
  read(mapping, lines).flatMap((parsed) => {
    if ("rejected" in parsed) throw new Error(parsed.rejected)
    return parsed.captures
  })

const least: Mapping = { name: "pot", time: "t", secret: "p" }

describe("a format that is described by a mapping", () => {
  it("reads the example of the documentation", () => {
    const shared = {
      service: "http",
      attackerIp: "203.0.113.9",
      sessionId: null,
      principal: "admin",
      secret: { kind: "plaintext", bytes: Buffer.from("orchid-7") },
    }
    expect(captures(parseMapping(mappingText), logText.trim().split("\n"))).toEqual([
      {
        ...shared,
        observedAt: "2026-03-01T10:00:00.000000Z",
        sensor: "shop-1",
        outcome: "failure",
        fields: { userAgent: "curl/8" },
      },
      {
        ...shared,
        observedAt: "2026-03-01T10:01:00.000000Z",
        sensor: "shop-2",
        outcome: "success",
        fields: {},
      },
    ])
  })

  it("reads the same out of an envelope", () => {
    const mapping = parseMapping(mappingText)
    const lines = logText.trim().split("\n")
    const wrapped = lines.map((line) => JSON.stringify({ log: `${line}\n`, stream: "stdout" }))
    expect(captures(mapping, wrapped)).toEqual(captures(mapping, lines))
  })

  it("numbers equal attempts of one moment, and finds fields with dots in their names", () => {
    const line = '{"t":"2026-03-01T10:00:00Z","a.p":"x"}'
    expect(
      captures({ ...least, secret: "a.p" }, [line, line]).map(({ sequence }) => sequence),
    ).toEqual([undefined, 1])
  })

  it("needs no more than a time and a secret", () => {
    expect(captures(least, ['{"t":1772359200,"p":7}'])).toMatchObject([
      { service: "unknown", attackerIp: null, principal: null, outcome: null, sensor: null },
    ])
  })

  it("passes over what is no attempt, and rejects one that cannot be read", () => {
    const mapping: Mapping = { ...least, attempts: { kind: ["login", 3] } }
    expect(
      read(mapping, [
        '{"kind":"view","t":1772359200,"p":"x"}',
        '{"kind":3,"t":1772359200}',
        '{"kind":"login","p":"x"}',
        '{"kind":"login","t":"soon","p":"x"}',
        '{"kind":"login","t":1772359200,"p":{}}',
      ]),
    ).toEqual([
      otherRecord,
      otherRecord,
      { rejected: "missing-field" },
      { rejected: "bad-timestamp" },
      { rejected: "wrong-type" },
    ])
  })

  it.each([
    ["{", /valid JSON/],
    ['{"name":"a","secret":"p"}', /Missing key[\s\S]*\["time"\]/],
    ['{"name":"A b","time":"t","secret":"p"}', /small letters[\s\S]*\["name"\]/],
    ['{"name":"a","time":"t"}', /expected principal or secret/],
    ['{"name":"a","time":"t","secret":"p","pasword":"q"}', /\["pasword"\]/],
    ['{"name":"a","time":"t","secret":"p","outcome":"maybe"}', /\["outcome"\]/],
  ])("is refused with what is wrong: %s", (text, message) => {
    expect(() => parseMapping(text)).toThrow(message)
  })
})
