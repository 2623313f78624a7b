import * as Schema from "effect/Schema"
import { Sha256, sha256Hex } from "../event/digest.ts"

/** The longest secret whose bytes are kept; of a longer one its digest, length and beginning are. */
export const keptSecretBytes = 4096
const printableLimit = 512

/**
 * What was tried: a `kind` (`plaintext`, `mysql_native_password`, ...), the digest and the number
 * of its exact bytes, and, up to {@link keptSecretBytes}, the bytes.
 *
 * `printable` alone is the whole secret when `base64` is absent and `length` says so. Where the
 * bytes are not plain text, `base64` holds them and `printable` is a rendering with `?` for what
 * cannot be shown. `originalBase64` holds the bytes as the sensor logged them where a documented
 * normalisation (a carriage return at either end) changed them before they were matched.
 */
export const Secret = Schema.Struct({
  kind: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(32)),
  sha256: Sha256,
  length: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  printable: Schema.optionalKey(Schema.String),
  base64: Schema.optionalKey(Schema.String),
  originalBase64: Schema.optionalKey(Schema.String),
})
export type Secret = typeof Secret.Type

/** The kind of a password sent as it is. */
export const plaintext = "plaintext"

/**
 * The secret made of these bytes. For `plaintext` a carriage return or line feed at either end is
 * taken off first: it comes from word lists with Windows line ends, not from the password.
 */
export const makeSecret = (kind: string, bytes: Uint8Array): Secret => {
  const matched = kind === plaintext ? trimLineEnds(bytes) : bytes
  const text = Buffer.from(matched.buffer, matched.byteOffset, matched.byteLength).toString("utf8")
  const secret = { kind: kind.slice(0, 32), sha256: sha256Hex(matched), length: matched.length }
  const original =
    matched.length === bytes.length
      ? {}
      : { originalBase64: base64(bytes.subarray(0, keptSecretBytes)) }
  if (matched.length > keptSecretBytes) {
    return { ...secret, printable: `${rendering(text)}...`, ...original }
  }
  return isPlainText(text)
    ? { ...secret, printable: text, ...original }
    : {
        ...secret,
        printable: rendering(text),
        base64: base64(matched),
        ...original,
      }
}

/**
 * A secret of which a log knows the SHA-256 alone, as of a key its fingerprint: it is the same secret
 * as the one with the bytes. Its length is that of the digest.
 */
export const secretOfDigest = (kind: string, sha256: Sha256): Secret => ({
  kind,
  sha256,
  length: sha256.length / 2,
})

/** The bytes of a secret, or `undefined` where they were too long to be kept. */
export const secretBytes = (secret: Secret): Uint8Array | undefined => {
  if (secret.base64 !== undefined) return Buffer.from(secret.base64, "base64")
  if (secret.length > keptSecretBytes || secret.printable === undefined) return undefined
  return Buffer.from(secret.printable, "utf8")
}

const trimLineEnds = (bytes: Uint8Array): Uint8Array => {
  let start = 0
  let end = bytes.length
  while (start < end && isLineEnd(bytes[start])) start++
  while (end > start && isLineEnd(bytes[end - 1])) end--
  return bytes.subarray(start, end)
}

const isLineEnd = (byte: number | undefined): boolean => byte === 0x0d || byte === 0x0a

// Control characters, the replacement character that stands for bytes that are no UTF-8, and the
// invisible characters that turn or hide text on a screen.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u
const unprintables = new RegExp(unprintable, "gu")

const isPlainText = (text: string): boolean => !unprintable.test(text)
const rendering = (text: string): string =>
  text.replace(unprintables, "?").slice(0, printableLimit).toWellFormed()
const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
