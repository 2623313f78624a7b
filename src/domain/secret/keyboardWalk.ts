/** The rows of a US keyboard, each with and without Shift, and how far it is indented, in keys. */
const rows: ReadonlyArray<readonly [plain: string, shifted: string, indent: number]> = [
  ["`1234567890-=", "~!@#$%^&*()_+", 0],
  ["qwertyuiop[]\\", "QWERTYUIOP{}|", 1.5],
  ["asdfghjkl;'", 'ASDFGHJKL:"', 1.75],
  ["zxcvbnm,./", "ZXCVBNM<>?", 2.25],
]

interface Key {
  readonly x: number
  readonly y: number
}

const keys: ReadonlyMap<string, Key> = new Map(
  rows.flatMap(([plain, shifted, indent], y) =>
    [...plain, ...shifted].map((character, index) => [
      character,
      { x: indent + (index % plain.length), y },
    ]),
  ),
)

/** Fewer characters in a row are no walk: every other word has two neighbouring keys. */
const minWalk = 3

/** What the start of a walk, each change of direction and each other character cost, in bits. */
const startBits = 5.5
const turnBits = 1.5
const strayBits = 5

/**
 * How surprising a text is as walks over the keyboard or along the alphabet (`1qaz2wsx`, `!@#$`,
 * `abcd`), in bits; `undefined` where less than three quarters of it are walks.
 */
export const walkBits = (text: string): number | undefined => {
  let bits = 0
  let walked = 0
  for (let start = 0; start < text.length; ) {
    const { length, turns } = walkFrom(text, start)
    if (length >= minWalk) {
      bits += startBits + turnBits * turns + Math.log2(length)
      walked += length
    } else bits += strayBits * length
    start += length
  }
  return walked * 4 >= text.length * 3 ? bits : undefined
}

interface Walk {
  readonly length: number
  readonly turns: number
}

const walkFrom = (text: string, start: number): Walk => {
  let turns = 0
  let direction = 0
  let end = start + 1
  for (; end < text.length; end++) {
    const next = step(text[end - 1] ?? "", text[end] ?? "")
    if (next === 0) break
    if (direction !== 0 && next !== direction) turns++
    direction = next
  }
  return { length: end - start, turns }
}

/** The direction of a step from one character to the next, as a number; 0: they are no neighbours. */
const step = (from: string, to: string): number => {
  const inOrder = to.charCodeAt(0) - from.charCodeAt(0)
  if (inOrder === 1 || inOrder === -1) return inOrder
  const a = keys.get(from)
  const b = keys.get(to)
  if (a === undefined || b === undefined) return 0
  const dx = b.x - a.x
  const dy = b.y - a.y
  if (dy === 0) return Math.abs(dx) <= 1 ? 4 + dx : 0
  return Math.abs(dy) === 1 && Math.abs(dx) < 1 ? 10 + 2 * dy + Math.sign(dx) : 0
}
