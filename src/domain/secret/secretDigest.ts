import { createHash, createHmac } from "node:crypto"
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
  digestOfSha256(indexKey, kind, createHash("sha256").update(bytes).digest())

/** The same for a secret of which only the SHA-256 (32 bytes) is at hand. */
export const digestOfSha256 = (
  indexKey: Uint8Array,
  kind: string,
  sha256: Uint8Array,
): SecretDigest =>
  createHmac("sha256", indexKey)
    .update(kind)
    .update(zero)
    .update(sha256)
    .digest("hex") as SecretDigest // a SHA-256 is 64 hexadecimal digits

const zero = new Uint8Array(1)
