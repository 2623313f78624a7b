import { sha256Hex } from "./digest.ts"

/**
 * Text of at most `limit` characters that stays distinct: what is too long keeps its beginning and
 * ends in the SHA-256 of the whole, so two long values that differ anywhere still differ.
 */
export const boundedText = (text: string, limit: number): string =>
  text.length <= limit
    ? text
    : `${text.slice(0, limit - 73)}...sha256:${sha256Hex(Buffer.from(text, "utf8"))}`
