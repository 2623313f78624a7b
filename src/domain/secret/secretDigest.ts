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
  const { outer, inner } = messagesOf(indexKey, kind)
  inner.set(sha256, inner.length - sha256.length)
  outer.set(hash("sha256", inner, "buffer"), blockLength)
  return hash("sha256", outer, "hex") as SecretDigest // a SHA-256 is 64 hexadecimal digits
}

/** The two messages that HMAC (RFC 2104) hashes, with room at their ends for what changes. */
interface Messages {
  readonly inner: Buffer
  readonly outer: Buffer
}

const blockLength = 64
const digestLength = 32

const messages = new WeakMap<Uint8Array, Map<string, Messages>>()

/** There are few keys and few kinds, and many secrets, so the messages are made once. */
const messagesOf = (key: Uint8Array, kind: string): Messages => {
  const ofKey = messages.get(key) ?? new Map<string, Messages>()
  messages.set(key, ofKey)
  const known = ofKey.get(kind)
  if (known !== undefined) return known
  const padded = Buffer.alloc(blockLength)
  padded.set(key)
  const pad = (byte: number): Buffer => Buffer.from(padded.map((own) => own ^ byte))
  const made = {
    inner: Buffer.concat([pad(0x36), Buffer.from(`${kind}\0`, "utf8"), Buffer.alloc(digestLength)]),
    outer: Buffer.concat([pad(0x5c), Buffer.alloc(digestLength)]),
  }
  if (ofKey.size < maxKinds) ofKey.set(kind, made)
  return made
}

/** A log may name any kind. */
const maxKinds = 100
