import * as Effect from "effect/Effect"
import { bytesAt, content } from "./content.ts"
import { compressionOf, isDamage, magicLength } from "./decompress.ts"
import {
  type DigestOfStretch,
  IngestStore,
  type IngestStoreUnavailable,
  type ReadFile,
} from "./IngestStore.ts"
import { tailLength } from "./RecordSplitter.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import { reading, type SourceUnreadable } from "./SourceUnreadable.ts"
import type { SourceFile } from "./source.ts"

/** How far a file was read before, and whether there is anything behind that. */
export interface Resume {
  readonly file: ReadFile
  readonly unchanged: boolean
}

/** As many bytes of a file's beginning as it is recognised by. */
export const headLength = 1024

/** The beginning of a file's content. */
const headOf = (file: SourceFile): Effect.Effect<Buffer, SourceUnreadable> =>
  reading(file.path, async () => {
    if (file.compression === undefined) return bytesAt(file.path, 0, headLength)
    const parts: Array<Buffer> = []
    let length = 0
    try {
      for await (const piece of content(file)) {
        parts.push(piece)
        length += piece.length
        if (length >= headLength) break
      }
    } catch (cause) {
      if (!isDamage(cause)) throw cause // what comes before the damage counts
    }
    return Buffer.concat(parts).subarray(0, headLength)
  })

/**
 * The record of a file that was read before under this or another name: it begins with the same
 * bytes, and has the same ones where reading stopped. A record stays with the file that it was made
 * for as long as that one is there, and with the one that claims it: a copy of a file is another
 * file. Of one that begins like the file behind a claimed record, "copy" is answered.
 */
export const findResume = Effect.fnUntraced(function* (
  { source, claims, digestOfStretch }: Pick<SourceIngest, "source" | "claims" | "digestOfStretch">,
  file: SourceFile,
): Effect.fn.Return<
  Resume | "copy" | undefined,
  SourceUnreadable | IngestStoreUnavailable,
  IngestStore
> {
  const store = yield* IngestStore
  const candidates = yield* store.filesLike(source.name, yield* headOf(file), digestOfStretch)
  const samePath = candidates.filter(({ path }) => path === file.path)
  const otherPath = candidates.filter(({ path }) => path !== file.path)
  let isCopy = false
  for (const candidate of [...samePath, ...otherPath]) {
    if (claims.has(candidate.fileId, file.key)) {
      // Little is known by a short beginning: many files have the same CSV header.
      isCopy ||= candidate.headLength === headLength
      continue
    }
    const found = yield* reading(file.path, () => compare(file, candidate, digestOfStretch))
    if (found === undefined) continue
    if (candidate.path !== file.path && (yield* isStillThere(candidate, digestOfStretch))) continue
    return { file: candidate, unchanged: found === "unchanged" }
  }
  return isCopy ? "copy" : undefined
})

/** Whether the file that a record was made for is still where it was. */
const isStillThere = (read: ReadFile, digestOf: DigestOfStretch): Effect.Effect<boolean> =>
  reading(read.path, async () => {
    const compression = compressionOf(await bytesAt(read.path, 0, magicLength))
    return (await compare({ path: read.path, compression }, read, digestOf)) !== undefined
  }).pipe(Effect.catch(() => Effect.succeed(false)))

type Comparison = "unchanged" | "grown" | undefined
type Content = Pick<SourceFile, "path" | "compression">

const compare = (file: Content, read: ReadFile, digestOf: DigestOfStretch): Promise<Comparison> =>
  file.compression === undefined
    ? comparePlain(file, read, digestOf)
    : compareCompressed(file, read, digestOf)

const comparePlain = async (
  file: Content,
  read: ReadFile,
  digestOf: DigestOfStretch,
): Promise<Comparison> => {
  const start = Math.max(0, read.consumed - tailLength)
  const length = read.consumed - start
  const found = await bytesAt(file.path, start, length + 1)
  if (digestOf(found.subarray(0, length)) !== read.tailDigest) return undefined
  return found.length > length ? "grown" : "unchanged"
}

const compareCompressed = async (
  file: Content,
  read: ReadFile,
  digestOf: DigestOfStretch,
): Promise<Comparison> => {
  let window = Buffer.alloc(0)
  let length = 0
  let tail: Buffer | undefined
  let damaged = false
  try {
    for await (const piece of content(file)) {
      const wanted = read.consumed - length
      if (tail === undefined && piece.length >= wanted) {
        tail = Buffer.concat([window, piece.subarray(0, wanted)]).subarray(-tailLength)
      }
      if (tail === undefined) window = Buffer.concat([window, piece]).subarray(-tailLength)
      length += piece.length
      if (length > read.consumed) break
    }
  } catch (cause) {
    if (!isDamage(cause)) throw cause
    damaged = true // there is more to say of it than was read
  }
  if (tail === undefined || digestOf(tail) !== read.tailDigest) return undefined
  return length === read.consumed && !damaged ? "unchanged" : "grown"
}
