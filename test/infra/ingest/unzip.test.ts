import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { content } from "../../../src/infra/ingest/content.ts"
import { compressionOf, isDamage } from "../../../src/infra/ingest/decompress.ts"
import { answer, credtrail, temporary } from "../cli/credtrail.ts"
import { encryptedZip, streamedZip, twoZip } from "./zipSamples.ts"

const directory = temporary()
let made = 0

const placed = (bytes: Buffer): string => {
  const path = join(directory, `${made++}.zip`)
  writeFileSync(path, bytes)
  return path
}

const read = async (bytes: Buffer) => {
  let text = ""
  let onDisk = 0
  let failure: unknown
  const onRead = (length: number): void => {
    onDisk += length
  }
  try {
    for await (const piece of content({ path: placed(bytes), compression: "zip" }, onRead)) {
      text += piece.toString("latin1")
    }
  } catch (cause) {
    failure = cause
  }
  return { lines: text.split("\n"), onDisk, failure }
}

const damaged = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x10
  return copy
}

describe("a zip archive", () => {
  it("is recognised by its beginning", () => {
    for (const bytes of [twoZip, streamedZip, encryptedZip])
      expect(compressionOf(bytes)).toBe("zip")
  })

  it("gives its files one after another, each ending in a line feed, without hidden ones", async () => {
    const { lines, onDisk, failure } = await read(twoZip)
    expect(failure).toBeUndefined()
    expect(lines.map((line) => /"node_id": "(.+?)"/.exec(line)?.[1])).toEqual([
      ..."111222".split("").map((n) => `gate-${n}`),
      undefined,
    ])
    expect(onDisk).toBeGreaterThan(0)
    expect(onDisk).toBeLessThan(twoZip.length)
  })

  it("gives a file whose lengths stand behind it", async () => {
    const { lines, failure } = await read(streamedZip)
    expect([lines.length, failure]).toEqual([4, undefined])
  })

  it("is damage where it is cut, encrypted, or a byte in it is another", async () => {
    const inFirstLog = twoZip.indexOf("gate-1.log") + 100
    for (const bytes of [
      twoZip.subarray(0, twoZip.length - 30),
      encryptedZip,
      damaged(twoZip, inFirstLog),
      damaged(twoZip, twoZip.lastIndexOf("logs/gate-2.log") - 46 + 16), // its checksum in the list
    ]) {
      const { failure } = await read(bytes)
      expect(isDamage(failure)).toBe(true)
    }
  })

  it("fails otherwise than by damage where there is no file", async () => {
    const pieces = content({ path: join(directory, "gone.zip"), compression: "zip" })
    await expect(pieces.next()).rejects.toMatchObject({ code: "ENOENT" })
  })

  it("leaves no file open when it is not read to the end", async () => {
    const open = () => readdirSync("/proc/self/fd").length
    const path = placed(twoZip)
    const before = open()
    const pieces = content({ path, compression: "zip" })
    await pieces.next()
    await pieces.return(undefined)
    await expect.poll(open).toBe(before)
  })

  it("is ingested once, and refused where no log can be read in it", async () => {
    const data = join(directory, "data")
    const path = placed(twoZip)
    expect(await answer("ingest", path, "--data", data)).toMatchObject({ captures: 6, rejected: 0 })
    expect(await answer("ingest", path, "--data", data)).toMatchObject({ captures: 0 })
    expect((await answer("findings", "--data", data)).total).toBe(3)
    const refused = await credtrail("ingest", placed(encryptedZip), "--data", data)
    expect(refused.stderr).toMatch(/no log is recognised in this zip archive; unpack it/)
  })
})
