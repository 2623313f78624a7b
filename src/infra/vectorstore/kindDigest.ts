import { createHash } from "node:crypto"
import type { Shape } from "./checked.ts"
import type { KindDigest } from "./VectorStore.ts"

/** A digest of one vector with what it is kept under. */
export const vectorDigest = (id: string, version: number, vector: Float32Array): string =>
  createHash("sha256")
    .update(`${id}\n${version}\n`)
    .update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
    .digest("base64")

/** The digest of a kind from those of its vectors, in whatever order. */
export const kindDigest = (
  kind: string,
  { metric, dimension }: Shape,
  vectors: Iterable<string>,
): KindDigest => {
  const sorted = [...vectors].sort()
  const hash = createHash("sha256").update(`${kind}\n${metric}\n${dimension}\n`)
  for (const digest of sorted) hash.update(digest)
  return { kind, vectors: sorted.length, digest: hash.digest("hex").slice(0, 16) }
}
