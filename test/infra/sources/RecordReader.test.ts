import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { RecordSplitter } from "../../../src/infra/ingest/RecordSplitter.ts"
import { adapters, recogniseFormat } from "../../../src/infra/sources/adapters.ts"
import { mappedFormat } from "../../../src/infra/sources/mapped/mappedFormat.ts"
import { RecordReader } from "../../../src/infra/sources/RecordReader.ts"
import type { ParsedRecord, SourceAdapter } from "../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../src/infra/sources/SourceRecord.ts"
import { envelopesOfLines, envelopesOfObjects } from "./envelopes/envelopesOfLines.ts"
import { samples } from "./samples.ts"

const mapped = mappedFormat({
  name: "lurepot",
  attempts: { event: "auth" },
  time: "at",
  address: "peer.ip",
  principal: "auth.user",
  secret: "auth.password",
})
const mappedAttempt = {
  event: "auth",
  at: 1772611203500,
  peer: { ip: "192.0.2.1" },
  auth: { user: "žan", password: 'Žebra "77"\\' },
}
const ofMapping = [mappedAttempt, mappedAttempt, { event: "close", at: 1772611203500 }].map((one) =>
  JSON.stringify(one),
)

const adapterOf = (format: string): SourceAdapter => {
  const adapter = [...adapters, mapped].find((one) => one.format === format)
  if (adapter === undefined) throw new Error(`there is no ${format}`)
  return adapter
}

const recordsOf = (content: string, isJson: boolean) => {
  const splitter = new RecordSplitter(isJson)
  const placed = [...splitter.push(Buffer.from(content)), ...splitter.rest()]
  return placed.map(({ bytes }) => SourceRecord.of(bytes))
}

/** What the content of a file comes to, but for lines that say nothing. */
const read = (adapter: SourceAdapter, content: string): ReadonlyArray<ParsedRecord> => {
  const reader = new RecordReader(adapter, adapter.parser({ zone: () => 0 }))
  reader.startFile()
  const parsed = recordsOf(content, adapter.isJson === true).flatMap((record) =>
    reader.read(record),
  )
  const end = reader.endFile()
  return [...parsed, ...(end === undefined ? [] : [end])].filter(
    (one) => "rejected" in one || one.captures.length > 0 || one.session !== undefined,
  )
}

const bare = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")
const formats = Object.entries({ ...samples, [mapped.format]: ofMapping })

describe.each(formats)("a log of %s", (format, lines) => {
  const adapter = adapterOf(format)
  const expected = read(adapter, bare(lines))
  const envelopes = Object.entries(
    adapter.isJson === true ? { ...envelopesOfLines, ...envelopesOfObjects } : envelopesOfLines,
  )

  it("holds attempts, and nothing that is not understood", () => {
    const captures = expected.flatMap((one) => ("captures" in one ? one.captures : []))
    expect(captures.length).toBeGreaterThan(0)
    expect(expected.filter((one) => "rejected" in one)).toEqual([])
  })

  it.each(envelopes)("comes to the same in %s", (_, wrap) => {
    const content = wrap(lines)
    expect(read(adapter, content)).toEqual(expected)
    if (adapter === mapped) return // it is asked for, and not recognised
    expect(recogniseFormat(recordsOf(content, false))?.format).toBe(format)
  })

  const lineByLine = envelopes.filter(
    ([, wrap]) => wrap(lines).trimEnd().split("\n").length === lines.length,
  )
  it.each(lineByLine)("comes to the same in %s in a file of Docker's", (_, wrap) => {
    const wrapped = wrap(lines).trimEnd().split("\n")
    const docker = envelopesOfLines["Docker's json-file"]?.(wrapped) ?? ""
    expect(read(adapter, docker)).toEqual(expected)
  })

  it("comes to the same when it begins bare and goes on in an envelope", () => {
    const wrap = envelopesOfLines["Docker's json-file"]
    const half = format === "heralding-auth" ? 4 : 1
    const content = bare(lines.slice(0, half)) + wrap?.(lines.slice(half))
    expect(read(adapter, content)).toEqual(expected)
  })

  const gaps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 })))
  it.prop(
    "comes to the same with blank lines and holes of NULs between its records",
    { blank: gaps, holes: gaps },
    ({ blank, holes }) => {
      // Inside of quotes, blank lines are part of a password.
      const isInside = (n: number) => format === "heralding-auth" && n > 1 && n < 4
      const content = lines
        .map((line, n) => {
          if (isInside(n)) return `${line}\n`
          return `${"\0".repeat(holes[n] ?? 0)}${"\n".repeat(blank[n] ?? 0)}${line}\n`
        })
        .join("")
      const strip = (text: string) =>
        adapter.isJson === true ? text : text.replaceAll(/(?<!\0)\0{1,31}(?!\0)/g, "")
      expect(read(adapter, strip(content))).toEqual(expected)
    },
    { arbitrary: { runs: 30 } },
  )
})
