import { it as withProperties } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  keptOfLongRecord,
  longestRecord,
  type PlacedRecord,
  RecordSplitter,
  tailLength,
} from "../../../src/infra/ingest/RecordSplitter.ts"

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
  const splitter = new RecordSplitter()
  const lines = pieces.flatMap((piece) => splitter.push(piece))
  const { consumed, tail, recent } = splitter
  return { lines, rest: splitter.rest()[0], consumed, tail, recent, count: splitter.lines }
}

/** The same, by the book. */
const expected = (content: Buffer) => {
  const lines: Array<PlacedRecord> = []
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
  bytes: bytes.length > longestRecord ? bytes.subarray(0, keptOfLongRecord) : bytes,
  line,
  end,
  length: bytes.length,
})

const brief = ({ bytes, ...place }: PlacedRecord) => ({ ...place, text: bytes.toString("latin1") })

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

describe("a RecordSplitter", () => {
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
    for (const length of [longestRecord, longestRecord + 1, 3 * longestRecord]) {
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
    const splitter = new RecordSplitter()
    const piece = Buffer.alloc(64 * 1024, "x")
    const before = process.memoryUsage().arrayBuffers
    for (let given = 0; given < 256 * longestRecord; given += piece.length) splitter.push(piece)
    const grown = process.memoryUsage().arrayBuffers - before
    expect(grown).toBeLessThan(16 * longestRecord)
    expect(splitter.rest()[0]).toMatchObject({ line: 1, length: 256 * longestRecord })
    expect(splitter.rest()[0]?.bytes).toHaveLength(keptOfLongRecord)
  })

  it("has nothing left behind a line end, and nothing of no content", () => {
    expect(split([Buffer.from("a\n")]).rest).toBeUndefined()
    expect(split([])).toEqual(expected(Buffer.alloc(0)))
    expect(split([Buffer.alloc(0)])).toEqual(expected(Buffer.alloc(0)))
  })
})

/** The records that a splitter cuts content into, however it comes, and what is left. */
const recordsOf = (content: string | Buffer, isJson = false) => {
  const bytes = Buffer.from(content as Buffer)
  const cuttings = [
    [bytes],
    [...bytes].map((byte) => Buffer.from([byte])),
    cutAt(bytes, [7, 64, 333]),
  ]
  const [whole, ...others] = cuttings.map((pieces) => {
    const splitter = new RecordSplitter(isJson)
    const records = pieces.flatMap((piece) => splitter.push(piece))
    const { consumed, lines, nulBytes, tail } = splitter
    const rest = splitter.rest()
    return { records: records.map(brief), rest: rest.map(brief), consumed, lines, nulBytes, tail }
  })
  if (whole === undefined) throw new Error("there are no pieces")
  for (const other of others) expect(other).toEqual(whole)
  expect(whole.tail).toEqual(
    bytes.subarray(Math.max(0, whole.consumed - tailLength), whole.consumed),
  )
  return whole
}
const texts = (content: string | Buffer, isJson = false) => {
  const { records, rest } = recordsOf(content, isJson)
  return [...records, ...rest].map(({ text }) => text)
}

const a = '{"a":"\\"}{]["}'
const b = '{"b":{"c":[1,{"d":null}]}}'
const pretty = (text: string) => JSON.stringify(JSON.parse(text), null, 2)

describe("the records of a file of JSON", () => {
  it("are its lines where each is an object", () => {
    const { records, consumed, lines } = recordsOf(`${a}\n${b}\r\n\n${a}`)
    expect(records).toEqual([
      { text: a, line: 1, end: 15, length: 14 },
      { text: b, line: 2, end: 43, length: 27 },
      { text: "", line: 3, end: 44, length: 0 },
    ])
    expect({ consumed, lines }).toEqual({ consumed: 44, lines: 3 })
    expect(texts(`\ufeff${a}\n${b}`)).toEqual([a, b])
  })

  it("are the elements of an array, however it is laid out", () => {
    for (const content of [
      `[${a},${b}]`,
      ` [ ${a} , ${b} ] \n`,
      `[\n${a},\n${b}\n]\n`,
      `[${a},\n${b}]`,
      `[${a}\n,${b}\n]\n`,
      `[\n\n${a}\n,\n${b}]\n\n`,
      `[[${a}],[],[${b}]]`,
      `\ufeff[${a}, ${b}]\r\n`,
    ]) {
      expect(texts(content).filter((text) => text.trim() !== "")).toEqual([a, b])
      expect(recordsOf(content).records.filter(({ text }) => text.trim() !== "")).toHaveLength(2)
    }
  })

  it("are objects over several lines, alone, one behind the other, or in an array", () => {
    for (const content of [
      `${pretty(a)}\n${pretty(b)}\n`,
      `${pretty(a)}${pretty(b)}`,
      `${pretty(a)},\n${pretty(b)},\n`,
      pretty(`[${a},${b}]`),
      `${pretty(a)}\n${b}`,
      `[\n${pretty(a)},\n${pretty(b)}\n]`,
      `\u001e${pretty(a)}\n\u001e${pretty(b)}\n`,
    ]) {
      const found = texts(content).filter((text) => text.trim() !== "")
      expect(found.map((text) => JSON.stringify(JSON.parse(text)))).toEqual([a, b])
    }
  })

  it("begin in the line where they begin, and end behind themselves", () => {
    const first = pretty(b)
    const content = `[\n${first},\n${a}\n]\n`
    expect(recordsOf(content).records).toEqual([
      { text: first, line: 2, end: 2 + first.length, length: first.length },
      { text: a, line: 2 + first.split("\n").length, end: content.length - 3, length: a.length },
    ])
    expect(recordsOf(content)).toMatchObject({ consumed: content.length, lines: 13, rest: [] })
  })

  it("are the documents of an answer of Elasticsearch or Splunk over several lines", () => {
    const answer = (hits: string) =>
      `{"took":1,"_shards":{"hits":[1]},"hits":{"total":{"value":2},"hits":${hits}},"aggs":[${a}]}`
    const found = (content: string) =>
      texts(content).map((text) => JSON.stringify(JSON.parse(text)))
    expect(found(pretty(answer(`[${a},${b}]`)))).toEqual([a, b])
    expect(found(pretty(answer("[]")))).toEqual([])
    expect(found(pretty(`{"responses":[${answer(`[${a}]`)}]}`))).toEqual([answer(`[${a}]`)])
    expect(found(pretty(`{"preview":false,"results":[${a},${b}],"more":[{}]}`))).toEqual([a, b])
    const own = `{"results":[${a}],"hits":[${b}]}`
    expect(found(pretty(own))).toEqual([own])
  })

  it("are those of an array or an answer that is one line, longer than any record may be", () => {
    const element = JSON.stringify({ text: "x".repeat(1000) })
    const elements = Array.from({ length: 3000 }, () => element).join(",")
    for (const content of [`[${elements}]\n`, `{"hits":{"hits":[${elements}]}}\n`]) {
      const splitter = new RecordSplitter()
      const records = splitter.push(Buffer.from(content))
      expect(records).toHaveLength(3000)
      expect(new Set(records.map(({ bytes }) => bytes.toString()))).toEqual(new Set([element]))
      expect(splitter).toMatchObject({ consumed: content.length, lines: 1 })
      expect(records.at(-1)?.line).toBe(1)
    }
  })

  it("are whole behind one that was cut, whatever it was cut in", () => {
    for (let length = 1; length < b.length; length++) {
      const cut = b.slice(0, length)
      const [first, ...others] = texts(`${cut}\n${a}\n${b}\n`)
      expect([first, ...others], cut).toEqual([cut, a, b])
      expect(texts(`${cut}\n${a}\n`), cut).toEqual([cut, a])
      expect(texts(`${a}\n${cut}`), cut).toEqual([a, cut])
    }
  })

  it("are the lines that are none", () => {
    expect(texts(`${a}\nwords [x]\n"y"\n7\n${b}`)).toEqual([a, "words [x]", '"y"', "7", b])
    expect(texts(`cut off"}\n${pretty(b)}\n`, true).map((text) => text.replace(/\s/g, ""))).toEqual(
      ['cutoff"}', b],
    )
  })

  it("are strings, too, in an array of them", () => {
    expect(texts(JSON.stringify([a, b]))).toEqual([a, b].map((text) => JSON.stringify(text)))
  })

  it("never take more memory than the longest, however deep they are or however long", () => {
    const deep = `${"[".repeat(100)}1\n${a}\n`
    expect(texts(deep).at(-1)).toBe(a)
    const long = `{"x":\n"${"x".repeat(2 * longestRecord)}"}`
    const { records } = recordsOf_long(`${long}\n${a}\n`)
    expect(records.map(({ length }) => length)).toEqual([long.length, a.length])
    expect(records[0]?.text).toHaveLength(keptOfLongRecord)
  })

  it("are not looked for in other text", () => {
    const csv = 'a,"b\n[{\n{\n\n",c\n'
    expect(texts(csv)).toEqual(csv.split("\n").slice(0, -1))
    expect(texts("[Tue Mar  3 04:05:06 2020] 192.0.2.1 u [{\n{\n")).toHaveLength(2)
  })
})

const recordsOf_long = (content: string) => {
  const splitter = new RecordSplitter()
  const records = cutAt(Buffer.from(content), [100_000, 1_200_000]).flatMap((piece) =>
    splitter.push(piece),
  )
  return { records: records.map(brief) }
}

describe("a hole of NULs", () => {
  const nuls = (count: number) => "\0".repeat(count)

  it("of any length is passed over before, between and behind records, and counted", () => {
    for (const count of [1, 31, 32, 5000]) {
      for (const line of [a, "text, plain"]) {
        const content = `${nuls(count)}${line}\n${nuls(40)}${line}\n${nuls(40)}`
        const { records, nulBytes, consumed, lines } = recordsOf(content)
        expect(records.map(({ text }) => text)).toEqual([line, line])
        expect({ nulBytes, consumed, lines }).toEqual({
          nulBytes: count + 80,
          consumed: content.length,
          lines: 2,
        })
      }
    }
  })

  it("ends the line that it cuts, so that the record behind it is whole", () => {
    expect(texts(`${a}\n${b.slice(0, 9)}${nuls(3)}${a}\n${b}`)).toEqual([a, b.slice(0, 9), a, b])
    expect(texts(`text\nte${nuls(50)}text\n`)).toEqual(["text", "te", "text"])
    expect(texts(`[${a},${nuls(9)}${b}]`)).toEqual([a, b])
    const cut = pretty(b).slice(0, 12)
    expect(texts(`${cut}${nuls(9)}${a}\n`)).toEqual([cut, a])
  })

  it("is none in text where it is short: a password may hold NULs", () => {
    expect(texts(`text\nte${nuls(3)}xt\n`)).toEqual(["text", `te${nuls(3)}xt`])
  })

  it("longer than any record costs none", () => {
    const splitter = new RecordSplitter()
    const hole = Buffer.alloc(longestRecord)
    for (let n = 0; n < 20; n++) expect(splitter.push(hole)).toEqual([])
    expect(splitter.push(Buffer.from(`${a}\n`)).map(brief)).toMatchObject([{ text: a, line: 1 }])
    expect(splitter.nulBytes).toBe(20 * longestRecord)
  })
})

describe("UTF-16", () => {
  const content = `${a}\n{"ž":"权🔑"}\r\n${pretty(b)}\n`
  const little = Buffer.from(content, "utf16le")
  const marked = Buffer.from(`\ufeff${content}`, "utf16le")

  it("is read with and without a byte order mark, in either order", () => {
    for (const bytes of [
      little,
      marked,
      Buffer.from(little).swap16(),
      Buffer.from(marked).swap16(),
    ]) {
      const { records, rest, consumed, lines } = recordsOf(bytes)
      expect(records.map(({ text }) => Buffer.from(text, "latin1").toString("utf8"))).toEqual([
        a,
        '{"ž":"权🔑"}',
        pretty(b),
      ])
      expect({ rest, consumed, lines }).toEqual({ rest: [], consumed: bytes.length, lines: 12 })
      expect(records[0]?.end).toBe(bytes.length - little.length + 2 * (a.length + 1))
    }
  })

  it("is read of plain lines, and with holes", () => {
    const text = Buffer.from(`one\ntwo${"\0".repeat(40)}three\nfour`, "utf16le")
    expect(recordsOf(text)).toMatchObject({
      records: [{ text: "one" }, { text: "two" }, { text: "three" }],
      rest: [{ text: "four", line: 3, end: text.length }],
      nulBytes: 40,
    })
  })
})
