import list from "./commonPasswords.json" with { type: "json" }

/** Common passwords in lower case, the most common first, with a space between them. */
const commonPasswords: string = list.passwords

/** The place of each common password in their list, from 1, in lower case. */
const makeRanks = (): ReadonlyMap<string, number> =>
  new Map(commonPasswords.split(" ").map((word, index) => [word, index + 1]))

let ranks: ReadonlyMap<string, number> | undefined

/** The place of a word, in lower case, in the list of common passwords, from 1. */
export const listRank = (word: string): number | undefined => {
  ranks ??= makeRanks()
  return ranks.get(word)
}

// The printable ASCII characters, one symbol for all others, and the edge of a word.
const first = 0x20
const other = 95
const edge = 96
const symbols = 97

const symbolAt = (text: string, index: number): number => {
  const symbol = text.charCodeAt(index) - first
  return symbol >= 0 && symbol < other ? symbol : other
}

/** The share of symbols that follow any other one as likely as the next: names and typing errors. */
const anySymbol = 0.15

/** What one symbol costs after another, in bits: how rarely it follows in common passwords. */
const makeCosts = (): Float64Array => {
  const counts = new Float64Array(symbols * symbols)
  let before = edge
  for (let index = 0; index < commonPasswords.length; index++) {
    const isEnd = commonPasswords.charCodeAt(index) === first
    const symbol = isEnd ? edge : symbolAt(commonPasswords, index)
    counts[before * symbols + symbol] = (counts[before * symbols + symbol] ?? 0) + 1
    before = symbol
  }
  return counts.map((count, index) => {
    const row = index - (index % symbols)
    let total = 0
    for (let symbol = 0; symbol < symbols; symbol++) total += counts[row + symbol] ?? 0
    const seen = total === 0 ? 0 : count / total
    return -Math.log2((1 - anySymbol) * seen + anySymbol / symbols)
  })
}

const digitZero = 0x30 - first
const letterA = 0x61 - first

let costs: Float64Array | undefined

/**
 * How surprising a text in lower case is by its letters alone, in bits: each costs what its
 * appearance after the one before costs in common passwords, and no more than one drawn at random
 * from its kinds of characters.
 */
export const letterBits = (text: string): number => {
  costs ??= makeCosts()
  let bits = 0
  let before = edge
  let digits = 0
  let letters = 0
  for (let index = 0; index < text.length; index++) {
    const symbol = symbolAt(text, index)
    bits += costs[before * symbols + symbol] ?? 0
    before = symbol
    if (symbol >= digitZero && symbol < digitZero + 10) digits++
    else if (symbol >= letterA && symbol < letterA + 26) letters++
  }
  const others = text.length - digits - letters
  const kinds = (digits > 0 ? 10 : 0) + (letters > 0 ? 26 : 0) + (others > 0 ? 33 : 0)
  return Math.min(bits, text.length * Math.log2(Math.max(kinds, 1)))
}
