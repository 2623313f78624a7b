import * as Schema from "effect/Schema"
import type { Sha256 } from "../event/digest.ts"
import { Rating } from "./rating.ts"
import { SecretDigest } from "./secretDigest.ts"

/** How long a secret is, roughly: the exact number of its bytes narrows a guess down too far. */
export const LengthClass = Schema.Literals(["0", "1-7", "8-15", "16-31", "32-63", "64+"])
export type LengthClass = typeof LengthClass.Type

/** The number of hexadecimal digits in `variant`: 128 bits are enough to avoid collisions. */
export const variantLength = 32

/**
 * What events and read models say of a secret: its `kind` (`plaintext`, `mysql_native_password`,
 * ...), the keyed digest of its exact bytes, its length class, for a password the keyed digest that
 * it shares with its variants, and how surprising it is with the principal of the capture. The bytes
 * themselves are sealed in the vault.
 */
export const Secret = Schema.Struct({
  kind: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(32)),
  digest: SecretDigest,
  lengthClass: LengthClass,
  variant: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/u))),
  rating: Schema.optionalKey(Rating),
})
export type Secret = typeof Secret.Type

/**
 * A secret as it was tried, before it is sealed. `original` holds the bytes as the sensor logged
 * them where a documented normalisation changed them before they were matched.
 */
export interface TriedSecret {
  readonly kind: string
  readonly bytes: Uint8Array
  readonly original?: Uint8Array
  /** The SHA-256 of the bytes, where the log has it instead of them; `bytes` is empty then. */
  readonly sha256?: Uint8Array
}

/** The kind of a password sent as it is. */
export const plaintext = "plaintext"

/**
 * The secret made of these bytes. For `plaintext` a carriage return or line feed at either end is
 * taken off first: it comes from word lists with Windows line ends, not from the password.
 */
export const triedSecret = (kind: string, bytes: Uint8Array): TriedSecret => {
  const matched = kind === plaintext ? trimLineEnds(bytes) : bytes
  const tried = { kind: kind.slice(0, 32), bytes: matched }
  return matched.length === bytes.length ? tried : { ...tried, original: bytes }
}

/**
 * A secret of which a log knows the SHA-256 alone, as of a key its fingerprint: it is the same secret
 * as the one with the bytes.
 */
export const triedSecretOfSha256 = (kind: string, sha256: Sha256): TriedSecret => ({
  kind,
  bytes: new Uint8Array(),
  sha256: Buffer.from(sha256, "hex"),
})

/** The class of a number of bytes. */
export const lengthClass = (length: number): LengthClass => {
  if (length === 0) return "0"
  if (length < 8) return "1-7"
  if (length < 16) return "8-15"
  if (length < 32) return "16-31"
  return length < 64 ? "32-63" : "64+"
}

const trimLineEnds = (bytes: Uint8Array): Uint8Array => {
  let start = 0
  let end = bytes.length
  while (start < end && isLineEnd(bytes[start])) start++
  while (end > start && isLineEnd(bytes[end - 1])) end--
  return bytes.subarray(start, end)
}

const isLineEnd = (byte: number | undefined): boolean => byte === 0x0d || byte === 0x0a
