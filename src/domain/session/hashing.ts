/**
 * Features by name, folded into a vector of fixed size: each name has a place and a sign that
 * follow from its 32-bit FNV-1a hash (over UTF-16 code units), so that names that fall together
 * cancel out as often as they add up. The same names and weights always give the same vector.
 */
export class HashedFeatures {
  readonly #sums: Float64Array

  constructor(dimension: number) {
    this.#sums = new Float64Array(dimension)
  }

  add(name: string, weight: number): void {
    const hash = fnv1a(name)
    const place = (hash >>> 1) % this.#sums.length
    this.#sums[place] = (this.#sums[place] ?? 0) + ((hash & 1) === 0 ? weight : -weight)
  }

  /** The vector at length one; `undefined` where everything cancelled out. */
  unit(): Float32Array | undefined {
    let squares = 0
    for (const sum of this.#sums) squares += sum * sum
    if (squares === 0) return undefined
    const length = Math.sqrt(squares)
    return Float32Array.from(this.#sums, (sum) => sum / length)
  }
}

const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  // The low bits of FNV-1a depend on little of the text: the high ones are folded in.
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
