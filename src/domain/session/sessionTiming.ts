import type { Extractor } from "./Extractor.ts"

/** Fewer gaps than this are no rhythm. */
const leastGaps = 4
/** Fewer gaps of one sort than this say nothing of that sort. */
const leastOfSort = 3
/** How far apart is a session with gaps of a sort from one without. */
const presence = 4

/**
 * The rhythm of a session: the quartiles of the gaps between logins, the same between commands, and
 * the total span. All are logarithms to base two of milliseconds (and one), so that a distance of
 * one is a factor of two. A sort of gaps that is missing is a place of its own, not a gap of zero.
 *
 * One outlier must not move it: of each sort the longest gap is left out, and in the span the
 * longest counts as much as the second longest.
 */
export const sessionTiming: Extractor = {
  kind: "session_timing",
  version: 1,
  metric: "l2",
  dimension: 9,
  extract: ({ logins, commands }) => {
    const loginGaps = gapsBetween(logins)
    const commandGaps = gapsBetween(commands)
    if (loginGaps.length + commandGaps.length < leastGaps) return undefined
    return {
      vector: Float32Array.of(
        ...quartiles(loginGaps),
        ...quartiles(commandGaps),
        logarithm(robustSum([...loginGaps, ...commandGaps])),
      ),
      madeFrom: { loginGaps, commandGaps },
    }
  },
}

/** In milliseconds. */
const gapsBetween = (facts: ReadonlyArray<{ readonly at: number }>): ReadonlyArray<number> => {
  const gaps: Array<number> = []
  let before: number | undefined
  for (const { at } of facts) {
    if (before !== undefined) gaps.push((at - before) / 1000)
    before = at
  }
  return gaps
}

const ascending = (numbers: ReadonlyArray<number>): Array<number> =>
  [...numbers].sort((a, b) => a - b)

const quartiles = (gaps: ReadonlyArray<number>): ReadonlyArray<number> => {
  if (gaps.length < leastOfSort) return [0, 0, 0, 0]
  const kept = ascending(gaps).slice(0, -1)
  return [presence, ...[0.25, 0.5, 0.75].map((part) => logarithm(quantile(kept, part)))]
}

/** Between two neighbours by proportion. */
const quantile = (sorted: ReadonlyArray<number>, part: number): number => {
  const place = part * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? below
  return below + (above - below) * (place - Math.floor(place))
}

const robustSum = (gaps: ReadonlyArray<number>): number => {
  const sorted = ascending(gaps)
  let sum = sorted.at(-2) ?? 0
  for (const gap of sorted.slice(0, -1)) sum += gap
  return sum
}

const logarithm = (milliseconds: number): number => Math.log2(1 + milliseconds)
