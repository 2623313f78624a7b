import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { bytesAt, content } from "../../../src/infra/ingest/content.ts"
import { isDamage, isGzip } from "../../../src/infra/ingest/gunzip.ts"
import { cowrieLog } from "./honeypotLogs.ts"
import { temporaryDirectory } from "./workplace.ts"

const read = async (path: string, gzip: boolean) => {
  const pieces: Array<Buffer> = []
  let onDisk = 0
  let failure: unknown
  try {
    for await (const piece of content({ path, gzip }, (bytes) => {
      onDisk += bytes
    })) {
      pieces.push(piece)
    }
  } catch (cause) {
    failure = cause
  }
  return { text: Buffer.concat(pieces).toString("latin1"), onDisk, failure }
}

const withFile = (bytes: Buffer, look: (path: string) => Promise<void>): Promise<void> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(temporaryDirectory, (directory) =>
        Effect.promise(() => {
          const path = join(directory, "file")
          writeFileSync(path, bytes)
          return look(path)
        }),
      ),
    ),
  )

const text = cowrieLog(0, 8000)
const compressed = gzipSync(text)

describe("content", () => {
  it("gives a plain file as it is, and counts its bytes", () =>
    withFile(Buffer.from(text), async (path) => {
      expect(await read(path, false)).toEqual({
        text,
        onDisk: text.length,
        failure: undefined,
      })
    }))

  it("gives what a gzip file holds, and counts the bytes on disk", () =>
    withFile(compressed, async (path) => {
      expect(await read(path, true)).toEqual({
        text,
        onDisk: compressed.length,
        failure: undefined,
      })
    }))

  it("goes on behind the first member of a gzip file, and takes no offence at zeros behind the last", () =>
    withFile(
      Buffer.concat([compressed, gzipSync(""), gzipSync("more\n"), Buffer.alloc(70_000)]),
      async (path) => {
        const found = await read(path, true)
        expect(found.text).toBe(`${text}more\n`)
        expect(found.failure).toBeUndefined()
      },
    ))

  it("gives all that stands before the place where a gzip file was cut, and then fails", () =>
    withFile(compressed.subarray(0, compressed.length / 2), async (path) => {
      const found = await read(path, true)
      expect(text.startsWith(found.text)).toBe(true)
      expect(found.text.length).toBeGreaterThan(text.length / 3)
      expect(isDamage(found.failure)).toBe(true)
    }))

  it("gives all that stands before damage, to the last byte, and then fails", () => {
    // Stored, not compressed: the place of the damage, the second block, is the place in the text.
    const damaged = gzipSync(text, { level: 0 })
    const firstBlock = damaged.readUInt16LE(11)
    damaged[15 + firstBlock] = 0x07
    return withFile(damaged, async (path) => {
      const found = await read(path, true)
      expect(found.text).toBe(text.slice(0, firstBlock))
      expect(isDamage(found.failure)).toBe(true)
      expect(found.onDisk).toBeGreaterThan(0)
    })
  })

  it("gives a member and fails for garbage behind it", () =>
    withFile(Buffer.concat([compressed, Buffer.from("no gzip at all")]), async (path) => {
      const found = await read(path, true)
      expect(found.text).toBe(text)
      expect(isDamage(found.failure)).toBe(true)
    }))

  it("fails otherwise than by damage where there is no file", () =>
    withFile(Buffer.alloc(0), async (path) => {
      for (const gzip of [true, false]) {
        const { failure } = await read(`${path}.gone`, gzip)
        expect(failure).toHaveProperty("code", "ENOENT")
        expect(isDamage(failure)).toBe(false)
      }
    }))

  it("leaves no file open when it is not read to the end", () =>
    withFile(compressed, async (path) => {
      for (const gzip of [true, false]) {
        const pieces = content({ path, gzip })
        await pieces.next()
        await pieces.return(undefined)
        await expect(pieces.next()).resolves.toEqual({ done: true, value: undefined })
      }
    }))
})

describe("bytesAt", () => {
  it("gives as many bytes as are there", () =>
    withFile(Buffer.from("0123456789"), async (path) => {
      expect((await bytesAt(path, 3, 4)).toString()).toBe("3456")
      expect((await bytesAt(path, 8, 4)).toString()).toBe("89")
      expect(await bytesAt(path, 20, 4)).toHaveLength(0)
    }))
})

describe("isGzip", () => {
  it("looks at the content, not at the name", () => {
    expect(isGzip(compressed)).toBe(true)
    expect(isGzip(Buffer.from(text))).toBe(false)
    expect(isGzip(Buffer.from([0x1f]))).toBe(false)
    expect(isGzip(Buffer.alloc(0))).toBe(false)
  })
})
