import type { Extractor } from "./Extractor.ts"
import { HashedFeatures } from "./hashing.ts"

const dimension = 128
/** Fewer tokens than this anybody types. */
const leastTokens = 4
const longest = 3
const lineEnd = "\n"

/**
 * What was typed, as runs of one to three tokens (after masking), across line ends too, since a
 * script goes through its lines in order. Each doubling of how often a run comes adds a quarter to
 * its weight: a loop that writes a file in a hundred steps must not drown the rest.
 */
export const cmdNgram: Extractor = {
  kind: "cmd_ngram",
  version: 1,
  metric: "cosine",
  dimension,
  extract: ({ commands }) => {
    const tokens: Array<string> = []
    let typed = 0
    for (const command of commands) {
      typed += command.tokens.length
      tokens.push(...command.tokens, lineEnd)
    }
    if (typed < leastTokens) return undefined
    const counts = new Map<string, number>()
    for (let start = 0; start < tokens.length; start++) {
      let run = ""
      for (const token of tokens.slice(start, start + longest)) {
        run += ` ${token}`
        counts.set(run, (counts.get(run) ?? 0) + 1)
      }
    }
    counts.delete(` ${lineEnd}`)
    const features = new HashedFeatures(dimension)
    for (const [run, count] of counts) features.add(run, 1 + Math.log2(count) / 4)
    const vector = features.unit()
    return vector === undefined ? undefined : { vector, madeFrom: { tokens } }
  },
}
