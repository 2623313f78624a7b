import { describe, expect, it } from "vitest"
import { csvReader, longestRecord } from "../../../../src/infra/sources/heralding/csvRecord.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const bytes = (...parts: ReadonlyArray<string | number>) =>
  SourceRecord.of(
    Buffer.concat(parts.map((part) => Buffer.from(typeof part === "string" ? part : [part]))),
  )

/** The fields of the record that the last of these lines completes, or what is said instead. */
const fieldsOf = (...lines: ReadonlyArray<string>) => {
  const reader = csvReader()
  const taken = lines.map((text) => reader.take(line(text)))
  const last = taken.at(-1)
  return typeof last === "object" ? last.fields : last
}

describe("csvReader", () => {
  it("splits plain fields at commas and keeps empty ones", () => {
    expect(fieldsOf("a,,c,")).toEqual(["a", "", "c", ""])
    expect(fieldsOf("")).toEqual([""])
  })

  it("takes commas and doubled quotes inside quotes as text", () => {
    expect(fieldsOf('1,"a,b",2')).toEqual(["1", "a,b", "2"])
    expect(fieldsOf('"say ""x""",y')).toEqual(['say "x"', "y"])
    expect(fieldsOf('"","""",""')).toEqual(["", '"', ""])
  })

  it("takes a quote in the middle of a plain field as text", () => {
    expect(fieldsOf('a"b,c"')).toEqual(['a"b', 'c"'])
  })

  it("refuses text after a closing quote", () => {
    expect(fieldsOf('"a"b,c')).toBe("malformed")
    expect(fieldsOf('1,"a" ,c')).toBe("malformed")
  })

  it("keeps the carriage returns at the line ends inside a quoted field", () => {
    expect(fieldsOf('1,"a\r', "\r", "b", 'c",2\r')).toEqual(["1", "a\r\n\r\nb\nc", "2"])
  })

  it("joins the lines of a quoted field with line feeds", () => {
    expect(fieldsOf('1,"a')).toBe("open")
    expect(fieldsOf('1,"a', "", 'b""', 'c",2')).toEqual(["1", 'a\n\nb"\nc', "2"])
    expect(fieldsOf('1,"a', 'b","c', 'd"')).toEqual(["1", "a\nb", "c\nd"])
    expect(fieldsOf('1,"a', 'b"c')).toBe("malformed")
  })

  it("starts afresh after every record", () => {
    const reader = csvReader()
    reader.take(line('1,"a'))
    reader.take(line('b"'))
    expect(reader.isOpen()).toBe(false)
    expect(reader.take(line("2,c"))).toMatchObject({ fields: ["2", "c"] })
  })

  it("keeps the exact bytes of a field whose lines are encoded differently", () => {
    const reader = csvReader()
    expect(reader.take(bytes('1,"ž'))).toBe("open")
    const record = reader.take(bytes(0xff, '"'))
    if (typeof record !== "object") throw new Error("the record is not complete")
    const field = record.fields[1] ?? ""
    expect([...record.line.bytesOf(field)]).toEqual([0xc5, 0xbe, 0x0a, 0xff])
  })

  it("gives up a record that grows too long, and only that", () => {
    const reader = csvReader()
    const part = "x".repeat(longestRecord / 4)
    const taken = [`"${part}`, part, part, part].map((text) => reader.take(line(text)))
    expect(taken).toEqual(["open", "open", "open", "too-long"])
    expect(reader.isOpen()).toBe(false)
    expect(reader.take(line("1,2"))).toMatchObject({ fields: ["1", "2"] })
    reader.take(line('1,"a'))
    expect(reader.take(line('b"'))).toMatchObject({ fields: ["1", "a\nb"] })
  })

  it("forgets the open record when told to", () => {
    const reader = csvReader()
    reader.take(line('"a'))
    expect(reader.isOpen()).toBe(true)
    reader.reset()
    expect(reader.isOpen()).toBe(false)
    expect(reader.take(line("b,c"))).toMatchObject({ fields: ["b", "c"] })
  })
})
