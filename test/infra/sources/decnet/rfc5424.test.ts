import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import {
  type SyslogRecord,
  scanRfc5424,
  scanWrapped,
} from "../../../../src/infra/sources/decnet/rfc5424.ts"

const record = (text: string): SyslogRecord => {
  const scanned = scanRfc5424(text)
  if (typeof scanned === "string") throw new Error(`${scanned}: ${text}`)
  return scanned
}
const head = "<165>1 2026-05-06T07:08:09.5Z gate-3 login 812 ID47"
const elements = (structuredData: string) => record(`${head} ${structuredData}`).structuredData
const value = (written: string) => elements(`[a@1 v="${written}"]`)[0]?.params[0]?.[1]

describe("scanRfc5424", () => {
  it("reads every field of the header", () => {
    expect(record(`${head} - door opened`)).toEqual({
      facility: 20,
      severity: 5,
      timestamp: "2026-05-06T07:08:09.5Z",
      hostname: "gate-3",
      appName: "login",
      procId: "812",
      msgId: "ID47",
      structuredData: [],
      message: "door opened",
    })
  })

  it("reads nil fields as null", () => {
    expect(record("<0>1 - - - - - -")).toEqual({
      facility: 0,
      severity: 0,
      timestamp: null,
      hostname: null,
      appName: null,
      procId: null,
      msgId: null,
      structuredData: [],
      message: "",
    })
  })

  it("reads several elements with several parameters each, in their order", () => {
    expect(elements('[a@1 x="1" y="2"][b@2][c@3 x="3" x="4" ] [d@4 z="5"]')).toEqual([
      {
        id: "a@1",
        params: [
          ["x", "1"],
          ["y", "2"],
        ],
      },
      { id: "b@2", params: [] },
      {
        id: "c@3",
        params: [
          ["x", "3"],
          ["x", "4"],
        ],
      },
    ])
    expect(record(`${head} [a@1] [b@2 x="1"]`).message).toBe('[b@2 x="1"]')
  })

  it("undoes the three escapes and leaves any other backslash alone", () => {
    expect(value(String.raw`a\"b\\c\]d`)).toBe(String.raw`a"b\c]d`)
    expect(value(String.raw`C:\temp\new`)).toBe(String.raw`C:\temp\new`)
    expect(value(String.raw`\\\"`)).toBe(String.raw`\"`)
    expect(value("")).toBe("")
  })

  it("ends a value at its quote and nowhere else", () => {
    expect(value("['1.3.6'] = [x")).toBe("['1.3.6'] = [x")
    expect(value("\r\n\t\u0000\u001b\u2028")).toBe("\r\n\t\u0000\u001b\u2028")
  })

  it("takes the message as it is, without a byte order mark", () => {
    expect(record(`${head} [a@1 x="1"] \ufeffs\u00fc\u00df ]`).message).toBe("s\u00fc\u00df ]")
    expect(record(`${head} -  two spaces`).message).toBe(" two spaces")
  })

  it.each([
    "",
    "   ",
    "word",
    "<134>",
    "<134>2 2026-05-06T07:08:09Z h a p m -",
    "<192>1 2026-05-06T07:08:09Z h a p m -",
    "<034>1 2026-05-06T07:08:09Z h a p m -",
    "<>1 2026-05-06T07:08:09Z h a p m -",
    " <134>1 2026-05-06T07:08:09Z h a p m -",
    "<13>May  6 07:08:09 host su: no structured data here",
    "<134>1 2026-05-06T07:08:09Z  h a p m -",
    "<134>1 2026-05-06T07:08:09Z h\ta p m x -",
  ])("says of %j that it is no record", (text) => {
    expect(scanRfc5424(text)).toBe("not-a-record")
  })

  it("says that a line is cut wherever its header or its structured data is unfinished", () => {
    const whole = `${head} [a@1 user="r\\"oot" x="1"][b@2]`
    const endsOfWholeElements = [whole.length, whole.length - "[b@2]".length]
    for (let length = "<165>1 ".length; length <= whole.length; length++) {
      const scanned = scanRfc5424(whole.slice(0, length))
      if (endsOfWholeElements.includes(length)) expect(scanned).toBeTypeOf("object")
      else expect([length, scanned]).toEqual([length, "cut-line"])
    }
  })

  it.each([
    "x",
    "-x",
    "[]",
    '[ x="1"]',
    '[a@1 ="1"]',
    "[a@1 x]",
    "[a@1 x=1]",
    '[a@1 x"1"]',
    '[a@1 x="1"y="2"]',
    '[a@1 x="1"]tail',
    '[a@1 x=\\"1\\"]',
    '[a@1\tx="1"]',
  ])("says of the structured data %j that it is bad", (structuredData) => {
    expect(scanRfc5424(`${head} ${structuredData} and a message`)).toBe("bad-structured-data")
  })

  it("takes time in proportion to the length of hostile text", () => {
    const long = 400_000
    for (const hostile of ["\\", '\\"', "[", "]", " ", "=", '"', 'a="" ', "\\]"]) {
      const many = hostile.repeat(long / hostile.length)
      scanRfc5424(`${head} [a@1 v="${many}`)
      scanRfc5424(`${head} [a@1 ${many}`)
      scanRfc5424(`${head} [${many}`)
      scanRfc5424(many)
    }
    expect(value("\\\\".repeat(long))).toHaveLength(long)
  })
})

const syntax = ['"', "\\", "]", "[", " ", "=", "-", "<", ">", "1", "a", "\n", "\u0000", "\u{1f4a5}"]
const hostileText = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals(syntax))),
  (characters) => characters.join(""),
)
const name = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_.@]{0,9}$/u))
const params = Arbitrary.array(Arbitrary.all([Arbitrary.schema(name), hostileText]))

const escaped = (text: string) => text.replace(/["\\\]]/g, "\\$&")
const rendered = (id: string, params: ReadonlyArray<readonly [string, string]>) =>
  `[${id}${params.map(([name, value]) => ` ${name}="${escaped(value)}"`).join("")}]`

describe("scanRfc5424, for any text", () => {
  it.prop(
    "gives back the parameters and the message that were written with their escapes",
    { first: params, second: params, id: name, message: hostileText, plain: Schema.String },
    ({ first, second, id, message, plain }) => {
      const all = [...second, ["plain", plain]] as const
      const structuredData = rendered(id, first) + rendered("second@1", all)
      const scanned = record(`${head} ${structuredData} ${message}`)
      expect(scanned.structuredData).toEqual([
        { id, params: first },
        { id: "second@1", params: all },
      ])
      expect(scanned.message).toBe(message)
    },
    { arbitrary: { runs: 300 } },
  )

  it.prop(
    "answers with a record or a reason and never throws",
    { hostile: hostileText, plain: Schema.String },
    ({ hostile, plain }) => {
      const reasons = ["not-a-record", "cut-line", "bad-structured-data"]
      for (const garbage of [hostile, plain]) {
        for (const before of ["", "<134>1 ", `${head} `, `${head} [a@1 `, `${head} [a@1 x="`]) {
          const scanned = scanRfc5424(before + garbage)
          if (typeof scanned === "string") expect(reasons).toContain(scanned)
          else expect(scanned.message).toBeTypeOf("string")
        }
      }
    },
    { arbitrary: { runs: 300 } },
  )
})

describe("scanWrapped", () => {
  const inner = '2026-05-06T07:08:09Z inner-host cron - tick [a@1 x="]"] done'
  const wrapped = (message: string) =>
    scanWrapped(record(`<14>1 2026-05-06T07:08:10Z outer-host 1 - - - ${message}`))

  it("reads a record that is the message of an envelope", () => {
    expect(wrapped(`<165>1 ${inner}`)).toEqual(record(`<165>1 ${inner}`))
  })

  it("reads a record whose priority the envelope has taken over", () => {
    expect(wrapped(` ${inner}`)).toEqual(record(`<14>1 ${inner}`))
  })

  it("leaves the message of a record that is more than an envelope alone", () => {
    const message = `<165>1 ${inner}`
    for (const notEnvelope of ["1 ID47 -", '1 - [a@1 x="1"]']) {
      const outer = record(`<14>1 2026-05-06T07:08:10Z outer-host 1 ${notEnvelope} ${message}`)
      expect(outer.message).toBe(message)
      expect(scanWrapped(outer)).toBe("not-a-record")
    }
  })

  it("says why an enveloped record cannot be read", () => {
    expect(wrapped('<165>1 2026-05-06T07:08:09Z h a - m [a@1 x="1')).toBe("cut-line")
    expect(wrapped("plain words")).toBe("not-a-record")
    expect(wrapped("")).toBe("not-a-record")
  })
})
