import { describe, expect, it } from "vitest"
import { triedSecret } from "../../../../src/domain/secret/secret.ts"
import type { RecordParser } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"
import { sshHoneypot } from "../../../../src/infra/sources/sshHoneypot/sshHoneypot.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const secretOf = (text: string) => triedSecret("plaintext", Buffer.from(text, "utf8"))
const none = { captures: [] }
const at = "[Tue Mar  3 04:05:06 2020]"
const later = "[Tue Mar  3 04:05:07 2020]"

const newParser = () => sshHoneypot.parser({ zone: () => 0 })
const captureOf = (text: string, parser: RecordParser = newParser()) => {
  const parsed = parser.parse(line(text))
  return "captures" in parsed ? parsed.captures[0] : undefined
}

describe("ssh-honeypot", () => {
  it("makes a capture of an attempt", () => {
    expect(newParser().parse(line(`${at} 192.0.2.30 root m0ngoose`))).toEqual({
      captures: [
        {
          observedAt: "2020-03-03T04:05:06.000000Z",
          sensor: null,
          service: "ssh",
          attackerIp: "192.0.2.30",
          sessionId: null,
          principal: "root",
          secret: secretOf("m0ngoose"),
          outcome: "failure",
          fields: {},
        },
      ],
    })
    expect(captureOf(`${at} 2001:db8::30 root m0ngoose`)?.attackerIp).toBe("2001:db8::30")
    const twoDigits = "[Thu Dec 31 23:59:59 2020]"
    expect(captureOf(`${twoDigits} 192.0.2.30 a b`)?.observedAt).toBe("2020-12-31T23:59:59.000000Z")
  })

  it("corrects the local time by the zone given", () => {
    const parser = sshHoneypot.parser({ zone: () => -2 * 3_600_000 })
    const capture = captureOf(`${at} 192.0.2.30 root m0ngoose`, parser)
    expect(capture?.observedAt).toBe("2020-03-03T02:05:06.000000Z")
  })

  it("takes the password to the end of the line, spaces and all", () => {
    const secret = (rest: string) => captureOf(`${at} 192.0.2.30 root ${rest}`)?.secret
    expect(secret("three small words ")).toEqual(secretOf("three small words "))
    expect(secret(" leading")).toEqual(secretOf(" leading"))
    expect(secret("")).toEqual(secretOf(""))
    expect(secret("žirafa")).toEqual(secretOf("žirafa"))
  })

  it("reads two spaces behind the address as an empty user name", () => {
    expect(captureOf(`${at} 192.0.2.30  m0ngoose`)).toMatchObject({
      principal: "",
      secret: secretOf("m0ngoose"),
    })
    expect(captureOf(`${at} 192.0.2.30  `)).toMatchObject({ principal: "", secret: secretOf("") })
  })

  it("keeps the bytes of a password that is not UTF-8, and the name beside it readable", () => {
    const bytes = Buffer.concat([
      Buffer.from(`${at} 192.0.2.30 žan a`),
      Buffer.of(0xff, 0x00, 0x80, 0x20),
    ])
    expect(newParser().parse(SourceRecord.of(bytes))).toMatchObject({
      captures: [
        {
          principal: "žan",
          secret: triedSecret("plaintext", Buffer.of(0x61, 0xff, 0x00, 0x80, 0x20)),
        },
      ],
    })
  })

  it("understands the honeypot's own messages and finds nothing in them", () => {
    const parser = newParser()
    for (const message of [
      "ssh-honeypot 9.9.9 by Somebody started on port 22. PID 1",
      "FATAL: ssh_bind_listen(): \b",
      "HASSH: 192.0.2.30 0123456789abcdef sport: 4000 ttl: 50",
      "Session:  SSH-2.0-X|SSH-2.0-Y|a|b|c|d|e",
      "192.0.2.30 Error exchanging keys: Socket error",
      "",
    ]) {
      expect(parser.parse(line(`${at} ${message}`)), message).toEqual(none)
    }
    expect(parser.parse(line(""))).toEqual(none)
  })

  it("says why a line is not understood", () => {
    const reason = (text: string) => newParser().parse(line(text))
    for (const text of ["words", " rest of a name", "[2020-03-03 04:05:06] 192.0.2.30 a b", at]) {
      expect(reason(text), text).toEqual({ rejected: "not-a-record" })
    }
    expect(reason(`${at} 192.0.2.30 `)).toEqual({ rejected: "cut-line" })
    expect(reason(`${at} 192.0.2.30 root`)).toEqual({ rejected: "cut-line" })
    expect(reason("[Sun Feb 30 04:05:06 2020] 192.0.2.30 a b")).toEqual({
      rejected: "bad-timestamp",
    })
    expect(reason("[Sun Foo  3 04:05:06 2020] 192.0.2.30 a b")).toEqual({
      rejected: "bad-timestamp",
    })
  })
})

describe("equal attempts within one second", () => {
  const sequencesOf = (texts: ReadonlyArray<string>, parser = newParser()) =>
    texts.map((text) => captureOf(text, parser)?.sequence)
  const attempt = `${at} 192.0.2.30 root m0ngoose`
  const stretch = [
    attempt,
    `${at} 192.0.2.30 root other`,
    attempt,
    `${at} 192.0.2.31 root m0ngoose`,
    `${at} 192.0.2.30 admin m0ngoose`,
    attempt,
    `${later} 192.0.2.30 root m0ngoose`,
  ]
  const sequences = [undefined, undefined, 1, undefined, undefined, 2, undefined]

  it("are numbered, and nothing else is", () => {
    expect(sequencesOf(stretch)).toEqual(sequences)
  })

  it("are equal too where only a carriage return, which matching leaves out, differs", () => {
    expect(sequencesOf([attempt, `${attempt}\r\r`])).toEqual([undefined, 1])
  })

  it("are numbered the same where a stretch of lines is copied", () => {
    expect(sequencesOf([...stretch, ...stretch])).toEqual([...sequences, ...sequences])
  })

  it("are numbered on over the honeypot's own messages of that second", () => {
    const message = `${at} ssh-honeypot 9.9.9 started`
    expect(sequencesOf([attempt, message, attempt])).toEqual([undefined, undefined, 1])
  })

  it("are numbered again in every file", () => {
    const parser = newParser()
    expect(sequencesOf([attempt, attempt], parser)).toEqual([undefined, 1])
    parser.startFile()
    expect(sequencesOf([attempt], parser)).toEqual([undefined])
  })
})

describe("recognising an ssh-honeypot log", () => {
  it("counts attempts and the honeypot's own messages", () => {
    const texts = [
      `${at} ssh-honeypot 9.9.9 started`,
      `${at} FATAL: fork(): no`,
      `${at} 192.0.2.30 root m0ngoose`,
      `${at} [error] a web server's own line`,
      "words",
      "[Tue Mar  3 04:",
    ]
    expect(texts.map(line).filter(sshHoneypot.recognises).length).toBe(3)
  })

  it("needs the operator's time zone", () => {
    expect(sshHoneypot.zoneless).toBe(true)
  })
})
