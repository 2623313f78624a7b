import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { bytesAt, content } from "../../../src/infra/ingest/content.ts"
import { type Compression, compressionOf, isDamage } from "../../../src/infra/ingest/decompress.ts"
import { bzip2Sample, sampleText, xzSample, zeroBlock } from "./compressedSamples.ts"
import { cowrieLog } from "./honeypotLogs.ts"
import { temporaryDirectory } from "./workplace.ts"

const read = async (path: string, compression: Compression | undefined) => {
  const pieces: Array<Buffer> = []
  let onDisk = 0
  let failure: unknown
  try {
    for await (const piece of content({ path, compression }, (bytes) => {
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
const compressedBy: Readonly<Record<Exclude<Compression, "zip">, Buffer>> = {
  gzip: gzipSync(sampleText),
  zstd: zstdCompressSync(sampleText),
  xz: xzSample,
  bzip2: bzip2Sample,
}
const compressions = ["gzip", "zstd", "xz", "bzip2"] as const

describe("content", () => {
  it("gives a plain file as it is, and counts its bytes", () =>
    withFile(Buffer.from(text), async (path) => {
      expect(await read(path, undefined)).toEqual({
        text,
        onDisk: text.length,
        failure: undefined,
      })
    }))

  it("gives what a gzip file holds, and counts the bytes on disk", () =>
    withFile(compressed, async (path) => {
      expect(await read(path, "gzip")).toEqual({
        text,
        onDisk: compressed.length,
        failure: undefined,
      })
    }))

  it("goes on behind the first member of a gzip file, and takes no offence at zeros behind the last", () =>
    withFile(
      Buffer.concat([compressed, gzipSync(""), gzipSync("more\n"), Buffer.alloc(70_000)]),
      async (path) => {
        const found = await read(path, "gzip")
        expect(found.text).toBe(`${text}more\n`)
        expect(found.failure).toBeUndefined()
      },
    ))

  it("gives all that stands before the place where a gzip file was cut, and then fails", () =>
    withFile(compressed.subarray(0, compressed.length / 2), async (path) => {
      const found = await read(path, "gzip")
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
      const found = await read(path, "gzip")
      expect(found.text).toBe(text.slice(0, firstBlock))
      expect(isDamage(found.failure)).toBe(true)
      expect(found.onDisk).toBeGreaterThan(0)
    })
  })

  it("gives a member and fails for garbage behind it", () =>
    withFile(Buffer.concat([compressed, Buffer.from("no gzip at all")]), async (path) => {
      const found = await read(path, "gzip")
      expect(found.text).toBe(text)
      expect(isDamage(found.failure)).toBe(true)
    }))

  it("fails otherwise than by damage where there is no file", () =>
    withFile(Buffer.alloc(0), async (path) => {
      for (const compression of [...compressions, undefined]) {
        const { failure } = await read(`${path}.gone`, compression)
        expect(failure).toHaveProperty("code", "ENOENT")
        expect(isDamage(failure)).toBe(false)
      }
    }))

  it("leaves no file open when it is not read to the end", () =>
    withFile(compressed, async (path) => {
      for (const compression of ["gzip", undefined] as const) {
        const pieces = content({ path, compression })
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

describe("compressionOf", () => {
  it("looks at the content, not at the name", () => {
    for (const compression of compressions) {
      expect(compressionOf(compressedBy[compression])).toBe(compression)
    }
    for (const plain of [text, "BZ", "", "\u001f"]) {
      expect(compressionOf(Buffer.from(plain))).toBeUndefined()
    }
  })
})

describe("a little file that grows to a lot", () => {
  it("is not held in memory: bzip2 fails, zstd is given in pieces", async () => {
    // 45 bytes of bzip2 are 900,000 zeros: a block of them, 50 times.
    const zeros = Buffer.alloc(900_000)
    const bomb = Buffer.concat(Array.from({ length: 50 }, () => zeroBlock))
    await withFile(bomb, async (path) => {
      const found = await read(path, "bzip2")
      expect(isDamage(found.failure)).toBe(true)
      expect(found.text.length).toBeLessThan(45_000_000)
    })
    const most: Array<number> = []
    await withFile(zstdCompressSync(Buffer.concat([zeros, zeros, zeros])), async (path) => {
      for await (const piece of content({ path, compression: "zstd" })) most.push(piece.length)
    })
    expect(most.reduce((sum, length) => sum + length, 0)).toBe(2_700_000)
  })
})

describe.each(compressions)("content that %s has compressed", (compression) => {
  const bytes = compressedBy[compression]

  it("is given as it was, and its bytes on disk are counted", () =>
    withFile(bytes, async (path) => {
      expect(await read(path, compression)).toEqual({
        text: sampleText,
        onDisk: bytes.length,
        failure: undefined,
      })
    }))

  it("goes on behind the first member", () =>
    withFile(Buffer.concat([bytes, bytes]), async (path) => {
      const found = await read(path, compression)
      expect(found.failure).toBeUndefined()
      expect(found.text).toBe(sampleText + sampleText)
    }))

  it("is given as far as it goes where it was cut, and then fails", () =>
    withFile(bytes.subarray(0, bytes.length - 20), async (path) => {
      const found = await read(path, compression)
      expect(sampleText.startsWith(found.text)).toBe(true)
      expect(isDamage(found.failure)).toBe(true)
    }))

  it("fails where it is damaged, and gives nothing that was not there", () => {
    const damaged = Buffer.from(bytes)
    const middle = Math.floor(bytes.length / 2)
    damaged.fill(0xa5, middle, middle + 64)
    return withFile(damaged, async (path) => {
      const found = await read(path, compression)
      expect(isDamage(found.failure)).toBe(true)
      expect(found.text.length).toBeLessThan(sampleText.length)
    })
  })
})
