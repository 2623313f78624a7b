import type { RevealedBytes } from "../../app/revealSecrets.ts"
import { visible } from "./visible.ts"

/** A secret as an answer has it: with its bytes only where it was revealed. */
export interface ShownSecret extends RevealedBytes {
  readonly kind: string
  readonly digest: string
  readonly lengthClass: string
}

/** What stands for a secret that is not shown. */
const dots = "••••••"

/**
 * A secret in a line of text: `•••••• (8-15)` with the class of its length in bytes. Where it was
 * revealed it is the text, what could not be seen escaped, or the bytes in base64 where they are no
 * text, or why it could not be.
 */
export const secretText = (secret: ShownSecret | null): string => {
  if (secret === null) return "(none)"
  if (secret.lengthClass === "0") return "(empty)"
  const { printable, base64, cut, notRevealed, lengthClass } = secret
  const rest = cut === true ? "... (cut)" : ""
  if (base64 !== undefined) return `${bytesText(base64)}${rest}`
  if (printable !== undefined) return `${visible(printable)}${rest}`
  return `${dots} (${notRevealed === undefined ? lengthClass : why[notRevealed]})`
}

const why = {
  "not-kept": "not kept here",
  erased: "erased",
  damaged: "damaged",
  "unknown-key": "sealed with another key",
} as const

/** The beginning of a digest, long enough to tell the secrets of one fleet apart and to ask by. */
export const shortDigest = (digest: string): string => digest.slice(0, 12)

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const bytesText = (base64: string): string => {
  try {
    return visible(utf8.decode(Buffer.from(base64, "base64")))
  } catch {
    return `base64:${visible(base64)}` // the one thing that decoding strictly fails for: no UTF-8
  }
}
