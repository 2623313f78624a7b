import { it as withProperties } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  keptOfLongLine,
  LineSplitter,
  longestLine,
  type PlacedLine,
  tailLength,
} from "../../../src/infra/ingest/LineSplitter.ts"

const cutAt = (content: Buffer, places: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const cuts = [...places.filter((place) => place < content.length), content.length]
  const pieces: Array<Buffer> = []
  let from = 0
  for (const cut of cuts.sort((a, b) => a - b)) {
    pieces.push(Buffer.from(content.subarray(from, cut)))
    from = cut
  }
  return pieces
}

/** Everything that a splitter says of content given in these pieces. */
const split = (pieces: ReadonlyArray<Buffer>) => {
  const splitter = new LineSplitter()
  const lines = pieces.flatMap((piece) => splitter.push(piece))
  const { consumed, tail, recent } = splitter
  return { lines, rest: splitter.rest(), consumed, tail, recent, count: splitter.lines }
}

/** The same, by the book. */
const expected = (content: Buffer) => {
  const lines: Array<PlacedLine> = []
  let start = 0
  for (let feed = content.indexOf(10); feed !== -1; feed = content.indexOf(10, start)) {
    const bytes = content.subarray(start, feed)
    lines.push(placed(bytes, lines.length + 1, feed + 1))
    start = feed + 1
  }
  const rest =
    start < content.length
      ? placed(content.subarray(start), lines.length + 1, content.length)
      : undefined
  return {
    lines,
    rest,
    consumed: start,
    tail: content.subarray(Math.max(0, start - tailLength), start),
    recent: content.subarray(Math.max(0, content.length - tailLength)),
    count: lines.length,
  }
}

const placed = (bytes: Buffer, line: number, end: number) => ({
  bytes: bytes.length > longestLine ? bytes.subarray(0, keptOfLongLine) : bytes,
  line,
  end,
  length: bytes.length,
})

const brief = ({ bytes, ...place }: PlacedLine) => ({ ...place, text: bytes.toString("latin1") })

const lengths = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1500 })))
const places = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6000 })))

/** Lines of these lengths, all of their bytes different from their neighbours'. */
const contentOf = (lineLengths: ReadonlyArray<number>, ends: boolean): Buffer => {
  let byte = 0
  const lines = lineLengths.map((length) =>
    Buffer.from(Array.from({ length }, () => (byte++ % 245) + 11)),
  )
  const content = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]))
  return ends ? content : content.subarray(0, -1)
}

describe("a LineSplitter", () => {
  withProperties.prop(
    "gives the same lines, places and tails however the content is cut",
    { lengths, places, ends: Schema.Boolean },
    ({ lengths: lineLengths, places: cuts, ends }) => {
      const content = contentOf(lineLengths, ends)
      expect(split(cutAt(content, cuts))).toEqual(expected(content))
    },
    { arbitrary: { runs: 300 } },
  )

  it("does not care when every byte comes by itself", () => {
    const content = Buffer.from("\n\nab\r\n\n\0\ncdef")
    expect(split([...content].map((byte) => Buffer.from([byte])))).toEqual(expected(content))
  })

  it("remembers the bytes before its place also where they came in several pieces", () => {
    const { tail, consumed } = split([Buffer.from("first\nsec"), Buffer.from("ond\nthi")])
    expect(tail.toString()).toBe("first\nsecond\n")
    expect(consumed).toBe(13)
  })

  it("counts a line that is too long with its true length and keeps its beginning", () => {
    for (const length of [longestLine, longestLine + 1, 3 * longestLine]) {
      const long = Buffer.alloc(length, "0123456789abc")
      const content = Buffer.concat([Buffer.from("a\n"), long, Buffer.from("\nb\n")])
      const { lines: wanted, ...whole } = expected(content)
      for (const size of [1000, 256 * 1024, content.length]) {
        const cuts = Array.from({ length: Math.floor(content.length / size) }, (_, n) => n * size)
        const { lines, ...found } = split(cutAt(content, cuts))
        expect(found).toEqual(whole)
        expect(lines.map(brief)).toEqual(wanted.map(brief))
      }
    }
  })

  it("needs no more memory for a line without an end than for the longest line", () => {
    const splitter = new LineSplitter()
    const piece = Buffer.alloc(64 * 1024, "x")
    const before = process.memoryUsage().arrayBuffers
    for (let given = 0; given < 256 * longestLine; given += piece.length) splitter.push(piece)
    const grown = process.memoryUsage().arrayBuffers - before
    expect(grown).toBeLessThan(16 * longestLine)
    expect(splitter.rest()).toMatchObject({ line: 1, length: 256 * longestLine })
    expect(splitter.rest()?.bytes).toHaveLength(keptOfLongLine)
  })

  it("has nothing left behind a line end, and nothing of no content", () => {
    expect(split([Buffer.from("a\n")]).rest).toBeUndefined()
    expect(split([])).toEqual(expected(Buffer.alloc(0)))
    expect(split([Buffer.alloc(0)])).toEqual(expected(Buffer.alloc(0)))
  })
})
