import { sha256Hex } from "./digest.ts"

const mark = "...sha256:"
const digestLength = 64

/**
 * Text of at most `limit` characters (at least 74) that stays distinct: what is too long keeps its
 * beginning and ends in the SHA-256 of the whole, so two long values that differ anywhere still
 * differ. Halves of surrogate pairs, which JSON can carry and UTF-8 cannot, become U+FFFD, so that
 * the text is the same in memory and in every store.
 */
export const boundedText = (text: string, limit: number): string => {
  const whole = text.toWellFormed()
  if (whole.length <= limit) return whole
  const kept = whole.slice(0, limit - mark.length - digestLength).toWellFormed()
  return `${kept}${mark}${sha256Hex(Buffer.from(whole, "utf8"))}`
}
