import { hash } from "node:crypto"
import * as Schema from "effect/Schema"

/** What a secret is known by: 64 lower-case hexadecimal digits that nobody can check without the index key. */
export const SecretDigest = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u)).pipe(
  Schema.brand("SecretDigest"),
)
export type SecretDigest = typeof SecretDigest.Type

/**
 * `HMAC-SHA256(index key, kind || 0 || SHA-256(bytes))`. The inner SHA-256 lets a secret be asked
 * for by a SHA-256 from another tool; without the index key nothing can be tried against the digest.
 */
export const secretDigest = (indexKey: Uint8Array, kind: string, bytes: Uint8Array): SecretDigest =>
  digestOfSha256(indexKey, kind, hash("sha256", bytes, "buffer"))

/** The same for a secret of which only the SHA-256 (32 bytes) is at hand. */
export const digestOfSha256 = (
  indexKey: Uint8Array,
  kind: string,
  sha256: Uint8Array,
): SecretDigest => {
  const { inner, outer } = padsOf(indexKey)
  const message = Buffer.concat([inner, Buffer.from(kind, "utf8"), zero, sha256])
  const digest = hash("sha256", Buffer.concat([outer, hash("sha256", message, "buffer")]), "hex")
  return digest as SecretDigest // a SHA-256 is 64 hexadecimal digits
}

const zero = new Uint8Array(1)

interface Pads {
  readonly inner: Buffer
  readonly outer: Buffer
}

const pads = new WeakMap<Uint8Array, Pads>()

/** What HMAC (RFC 2104) puts before the two messages that it hashes; made once for a key. */
const padsOf = (key: Uint8Array): Pads => {
  const known = pads.get(key)
  if (known !== undefined) return known
  const padded = Buffer.alloc(64)
  padded.set(key)
  const made = {
    inner: Buffer.from(padded.map((byte) => byte ^ 0x36)),
    outer: Buffer.from(padded.map((byte) => byte ^ 0x5c)),
  }
  pads.set(key, made)
  return made
}
