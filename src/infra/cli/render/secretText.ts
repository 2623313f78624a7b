import { visible } from "./visible.ts"

/** What is known of a secret: its bytes are all of `base64`, or of `printable` where it is absent. */
export interface ShownSecret {
  readonly kind: string
  readonly sha256: string
  readonly length: number
  readonly printable?: string
  readonly base64?: string
}

/** What stands for what is masked. */
export const dots = "••••••"
const tellsNothing = 8 // bytes; of a shorter secret neither beginning nor exact length are shown

/**
 * A secret in a line of text. Without `reveal` it is masked: the first character and the number of
 * bytes, `h•••••• (11)`, or for secrets so short that this would help to guess them, `•••••• (<8)`.
 * Masking is for eyes that look over a shoulder and for screenshots: whoever has the SHA-256 can
 * try words against it. With `reveal` it is the text, what could not be seen escaped, or the bytes
 * in base64 where they are no text.
 */
export const secretText = (secret: ShownSecret | null, reveal: boolean): string => {
  if (secret === null) return "(none)"
  if (secret.length === 0) return "(empty)"
  return reveal ? revealed(secret) : masked(secret)
}

/** The beginning of a SHA-256, long enough to tell the secrets of one fleet apart and to ask by. */
export const shortSha256 = (sha256: string): string => sha256.slice(0, 12)

const masked = ({ length, printable, base64 }: ShownSecret): string => {
  if (length < tellsNothing) return `${dots} (<${tellsNothing})`
  const [first = ""] = base64 === undefined ? (printable ?? "") : ""
  return `${visible(first)}${dots} (${length})`
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const revealed = ({ length, printable, base64 }: ShownSecret): string => {
  if (base64 !== undefined) {
    const text = textOf(Buffer.from(base64, "base64"))
    return text === undefined ? `base64:${visible(base64)}` : visible(text)
  }
  if (printable === undefined) return `(${length} bytes, not kept)`
  const kept = Buffer.byteLength(printable) === length
  return kept ? visible(printable) : `${visible(printable)} (${length} bytes)`
}

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined // the one thing that decoding strictly fails for: the bytes are no UTF-8
  }
}

/** What a masked secret still has: enough to ask by it and to recognise it, and no byte of it. */
export interface MaskedSecret {
  readonly kind: string
  readonly sha256: string
  readonly length: number
}

/** The secret as it goes into JSON: unless it is revealed, without its bytes in any form. */
export const maskSecret = <S extends MaskedSecret>(secret: S, reveal: boolean): S | MaskedSecret =>
  reveal ? secret : { kind: secret.kind, sha256: secret.sha256, length: secret.length }

/** Masks the secret of anything that has one. */
export const maskSecretIn = <S extends MaskedSecret, T extends { readonly secret: S | null }>(
  value: T,
  reveal: boolean,
): Omit<T, "secret"> & { readonly secret: S | MaskedSecret | null } => ({
  ...value,
  secret: value.secret === null ? null : maskSecret(value.secret, reveal),
})

/**
 * What else a log line said of an attempt. Some sensors repeat the secret there, in a path or as
 * hexadecimal: unless it is revealed, a value in which it stands is not shown.
 */
export const maskFields = (
  fields: Readonly<Record<string, string>>,
  secret: ShownSecret | null,
  reveal: boolean,
): Readonly<Record<string, string>> => {
  if (reveal || secret === null || secret.length === 0) return fields
  const spellings = spellingsOf(secret)
  const repeats = (value: string): boolean =>
    spellings.some((spelling) => value.toLowerCase().includes(spelling))
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, repeats(value) ? dots : value]),
  )
}

const spellingsOf = ({ printable = "", base64 }: ShownSecret): ReadonlyArray<string> => {
  const kept = printable.replace(/\.\.\.$/, "") // of a long secret only the beginning is
  const bytes = base64 === undefined ? Buffer.from(kept) : Buffer.from(base64, "base64")
  return [kept, bytes.toString("utf8"), bytes.toString("base64"), bytes.toString("hex")]
    .map((spelling) => spelling.toLowerCase())
    .filter((spelling) => spelling !== "")
}
