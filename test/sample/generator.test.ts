import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { generateCaptures } from "../../sample/generator/captures.ts"
import { fleetOf } from "../../sample/generator/fleet.ts"
import { formatsOf } from "../../sample/generator/formats/formatsOf.ts"
import type { LogFormat } from "../../sample/generator/formats/LogFormat.ts"
import type { Manifest } from "../../sample/generator/manifest.ts"
import { defaultOptions, planSessions } from "../../sample/generator/plan.ts"
import { writeFleet } from "../../sample/generator/writeFleet.ts"
import { boundedCapture } from "../../src/domain/capture/capture.ts"
import { captureEventId } from "../../src/domain/event/ids.ts"
import type { TriedSecret } from "../../src/domain/secret/secret.ts"
import { sealed } from "../support/sealing.ts"

const scratch = mkdtempSync(join(tmpdir(), "credtrail-sample-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Every file below a directory with its bytes, compressed ones decompressed. */
const contents = (directory: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(directory, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => {
        const bytes = readFileSync(path)
        return [path.slice(directory.length + 1), path.endsWith(".gz") ? gunzipSync(bytes) : bytes]
      }),
  )

/** The bytes of a generated fleet as text, so that a difference can be shown. */
const made = (name: string, options = defaultOptions): [ReadonlyMap<string, Buffer>, Manifest] => {
  const directory = join(scratch, name)
  const manifest = writeFleet(directory, options)
  return [contents(directory), manifest]
}

const small = { seed: 5, captures: 900, deckies: 13, days: 2 }
const committed = join(import.meta.dirname, "../../sample")

/** Sessions on deckies of every kind, with all that a default plan brings. */
const sessions = [...planSessions(defaultOptions), ...planSessions({ ...small, captures: 4000 })]

const linesOf = (format: LogFormat): ReadonlyArray<string> =>
  sessions
    .filter(({ target }) => formatsOf[target.sensor.kind].includes(format))
    .flatMap((session) => format.lines(session).map(({ text }) => text))

const jsonFormats = Object.entries(formatsOf)
  .flatMap(([kind, formats]) => formats.map((format) => [kind, format] as const))
  .filter(([, { name }]) => !["decnet", "heralding-auth", "ssh-honeypot"].includes(name))

describe("the bundled sample", () => {
  it("is what the generator makes by default, byte for byte", () => {
    const [files, manifest] = made("default")
    const bundled = contents(join(committed, "fleet"))
    expect([...bundled.keys()]).toEqual([...files.keys()])
    for (const [path, bytes] of files) {
      expect(bundled.get(path)?.equals(bytes), `${path} differs: run npm run sample`).toBe(true)
    }
    const written = JSON.parse(readFileSync(join(committed, "fleet.manifest.json"), "utf8"))
    expect(written).toEqual(manifest)
  })

  it("has each way of being dirty", () => {
    const manifest: Manifest = JSON.parse(
      readFileSync(join(committed, "fleet.manifest.json"), "utf8"),
    )
    const kinds = new Set(manifest.files.flatMap(({ dirty }) => Object.keys(dirty)))
    for (const kind of ["cut-line", "wrong-type", "undecodable", "repeated-header"]) {
      expect(kinds).toContain(kind)
    }
    expect(manifest.files.filter(({ duplicateLines }) => duplicateLines > 0)).toHaveLength(1)
    const text = contents(join(committed, "fleet")).get("lab-porto-06/ssh-honeypot.log")
    expect(text?.includes(Buffer.from("contrase\u00f1a", "latin1"))).toBe(true)
    const changed: Array<TriedSecret> = []
    const seal = (tried: TriedSecret) => {
      if (tried.original !== undefined) changed.push(tried)
      return sealed(tried)
    }
    for (const _ of generateCaptures(defaultOptions, seal)) if (changed.length > 0) break
    expect(changed).not.toEqual([])
  })

  it("has a private pair on three deckies, and defaults that dozens of addresses try", () => {
    const deckies = new Map<string, Set<string>>()
    const addresses = new Map<string, Set<string>>()
    let password = ""
    const seal = (tried: TriedSecret) => {
      password = Buffer.from(tried.bytes).toString("utf8")
      return sealed(tried)
    }
    for (const { principal, secret, decky, attackerIp } of generateCaptures(defaultOptions, seal)) {
      const pair = `${principal} ${secret === null ? undefined : password}`
      deckies.set(pair, (deckies.get(pair) ?? new Set()).add(decky))
      addresses.set(pair, (addresses.get(pair) ?? new Set()).add(attackerIp ?? ""))
    }
    const isPrivate = (pair: string): boolean => /^\w+ \w+([#%=~])\w+\1\w+$/.test(pair)
    const privatePairs = [...deckies].filter(
      ([pair, seen]) => isPrivate(pair) && seen.size >= 3 && (addresses.get(pair)?.size ?? 0) >= 2,
    )
    expect(privatePairs.length).toBeGreaterThan(2)
    expect(addresses.get("root 123456")?.size ?? 0).toBeGreaterThanOrEqual(20)
  })
})

describe("the generator", () => {
  it("makes the same from the same seed", () => {
    expect(made("first", small)).toEqual(made("second", small))
  })

  it("makes something else from another seed", () => {
    const [one] = made("seed-5", small)
    const [other] = made("seed-6", { ...small, seed: 6 })
    const text = (files: ReadonlyMap<string, Buffer>): string =>
      [...files.values()].map((bytes) => bytes.toString("latin1")).join("")
    expect(text(one)).not.toBe(text(other))
  })

  it("plans sessions in the order of their start, where sensors round to seconds too", () => {
    let last = 0
    for (const { start } of planSessions({ seed: 2, captures: 100_000, deckies: 6, days: 1 })) {
      if (start < last) expect(start).toBe(last)
      last = start
    }
    expect(last).toBeGreaterThan(0)
  })

  it("counts the lines of every file, and every attempt once besides Heralding's two logs", () => {
    const [files, manifest] = made("counted", small)
    for (const { path, lines } of manifest.files) {
      const bytes = files.get(path) ?? Buffer.alloc(0)
      expect(bytes.filter((byte) => byte === 0x0a)).toHaveLength(lines)
    }
    const attempts = manifest.files
      .filter(({ format }) => format !== "heralding-session")
      .reduce((sum, file) => sum + file.attempts, 0)
    expect(attempts).toBe(small.captures)
    const twice = (format: string): number =>
      manifest.files
        .filter((file) => file.format === format)
        .reduce((sum, file) => sum + file.attempts, 0)
    expect(twice("heralding-session")).toBe(twice("heralding-auth"))
  })

  it("keeps the lines of a Cowrie file in the order of time", () => {
    const [files, manifest] = made("ordered", small)
    for (const { path, format, duplicateLines } of manifest.files) {
      if (format !== "cowrie" || duplicateLines > 0) continue
      const text = files.get(path)?.toString("utf8") ?? ""
      const times = [...text.matchAll(/"timestamp": ?"([^"]+)"/g)].map(([, time]) => time)
      expect(times.length).toBeGreaterThan(0)
      expect(times).toEqual([...times].sort())
    }
  })

  it.each(jsonFormats)("writes clean lines of JSON for %s", (_, format) => {
    const lines = linesOf(format)
    expect(lines.length).toBeGreaterThan(20)
    for (const line of lines) expect(JSON.parse(line)).toBeTypeOf("object")
  })

  it("writes clean rows of eleven fields to Heralding's CSV", () => {
    const format = formatsOf.heralding[0]
    const rows = format === undefined ? [] : linesOf(format)
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) {
      const fields = row.match(/(?<=^|,)(?:"(?:[^"]|"")*"|[^",]*)(?=,|$)/g)
      expect(fields, row).toHaveLength(11)
    }
  })

  it("writes clean RFC 5424 lines for DECNET, the secret being the base64 of its bytes", () => {
    const lines = formatsOf.decnet.flatMap(linesOf)
    expect(lines.length).toBeGreaterThan(20)
    const shape =
      /^<13[24]>1 \S+\+00:00 \S+ \S+ - \S+ \[relay@55555( \w+="(?:[^"\\\]]|\\["\\\]])*")+\]$/
    for (const line of lines) {
      expect(line).toMatch(shape)
      const base64 = /secret_b64="([^"]*)"/.exec(line)?.[1] ?? ""
      expect(Buffer.from(base64, "base64").toString("base64")).toBe(base64)
    }
  })

  it("writes clean lines of ctime, address, user and password for ssh-honeypot", () => {
    const lines = formatsOf["ssh-honeypot"].flatMap(linesOf)
    expect(lines.length).toBeGreaterThan(20)
    const shape = /^\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\] [0-9a-f.:]+ [^ ]* [^\n]*$/
    for (const line of lines) expect(line).toMatch(shape)
  })
})

describe("the captures without files", () => {
  const captures = [...generateCaptures({ ...small, captures: 3000 })]

  it("are exactly as many as asked for, in the order of time", () => {
    expect(captures).toHaveLength(3000)
    const times = captures.map(({ observedAt }) => observedAt)
    expect(times).toEqual([...times].sort())
    expect([...generateCaptures({ ...small, captures: 1 })]).toHaveLength(1)
  })

  it("are within the period and on the deckies asked for", () => {
    const deckies = new Set(fleetOf(small.deckies).map(({ decky }) => decky))
    expect(captures.every(({ decky }) => deckies.has(decky))).toBe(true)
    expect(captures.every(({ observedAt }) => /^2026-03-0[23]T/.test(observedAt))).toBe(true)
  })

  it("have ids of their own and need no cutting", () => {
    expect(new Set(captures.map(captureEventId)).size).toBe(captures.length)
    for (const capture of captures) expect(boundedCapture(capture)).toEqual(capture)
  })
})
