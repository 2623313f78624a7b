import * as Effect from "effect/Effect"
import { bytesBetween, content } from "./content.ts"
import {
  IngestStore,
  type IngestStoreUnavailable,
  type ReadFile,
  stretchDigest,
} from "./IngestStore.ts"
import type { Source, SourceFile } from "./source.ts"
import { reading, type SourceUnreadable } from "./sourcePaths.ts"

/** How far a file was read before, and whether there is anything behind that. */
export interface Resume {
  readonly file: ReadFile
  readonly unchanged: boolean
}

/** As many bytes of a file's beginning as it is recognised by. */
export const headLength = 1024

/** The beginning of a file's content. */
export const headOf = (file: SourceFile): Effect.Effect<Buffer, SourceUnreadable> =>
  reading(file.path, async () => {
    const parts: Array<Buffer> = []
    let length = 0
    const pieces = content(file)
    try {
      for await (const piece of pieces) {
        parts.push(piece)
        length += piece.length
        if (length >= headLength) break
      }
    } catch (cause) {
      if (!file.gzip) throw cause // of a damaged gzip file, what comes before the damage counts
    } finally {
      pieces.destroy()
    }
    return Buffer.concat(parts).subarray(0, headLength)
  })

/**
 * The record of a file that was read before under this or another name: it begins with the same
 * bytes, and has the same ones where reading stopped.
 */
export const findResume = Effect.fnUntraced(function* (
  source: Source,
  file: SourceFile,
  head: Buffer,
): Effect.fn.Return<Resume | undefined, SourceUnreadable | IngestStoreUnavailable, IngestStore> {
  const store = yield* IngestStore
  for (const candidate of yield* store.filesLike(source.name, head)) {
    // Of a file that was short, little is known: many begin with the same CSV header.
    if (candidate.consumed < headLength && candidate.path !== file.path) continue
    const found = yield* reading(file.path, () =>
      file.gzip ? compareCompressed(file, candidate) : comparePlain(file, candidate),
    )
    if (found !== undefined) return { file: candidate, unchanged: found === "unchanged" }
  }
  return undefined
})

type Comparison = "unchanged" | "grown" | undefined

const tailLength = 1024

const comparePlain = async (file: SourceFile, read: ReadFile): Promise<Comparison> => {
  if (file.size < read.consumed) return undefined
  const start = Math.max(0, read.consumed - tailLength)
  const tail = await bytesBetween(file.path, start, read.consumed)
  if (stretchDigest(tail) !== read.tailSha256) return undefined
  return file.size === read.consumed ? "unchanged" : "grown"
}

const compareCompressed = async (file: SourceFile, read: ReadFile): Promise<Comparison> => {
  let window = Buffer.alloc(0)
  let length = 0
  let tail: Buffer | undefined
  try {
    for await (const piece of content(file)) {
      const wanted = read.consumed - length
      if (tail === undefined && piece.length >= wanted) {
        tail = Buffer.concat([window, piece.subarray(0, wanted)])
      }
      window = Buffer.concat([window, piece]).subarray(-tailLength)
      length += piece.length
    }
  } catch {
    // Damaged: what could be read of it was read, or will be again; reading it reports the damage.
    if (length <= read.consumed) return undefined
  }
  if (tail === undefined) return undefined
  if (stretchDigest(tail.subarray(-tailLength)) !== read.tailSha256) return undefined
  return length === read.consumed ? "unchanged" : "grown"
}
