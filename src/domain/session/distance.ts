import type { Metric } from "./fingerprint.ts"

// The arithmetic of every search: 64-bit, in one order, so that all agree to the last bit.

/**
 * The square of the Euclidean distance of two vectors; `a` begins at `offset`. Once the sum is
 * beyond `limit` it is given up: then the answer is some number beyond it.
 */
export const squaredDistance = (
  a: Float32Array,
  offset: number,
  b: Float32Array,
  limit: number,
): number => {
  const { length } = b
  const blocks = length - (length % 8)
  let sum = 0
  for (let i = 0, j = offset; i < blocks; i += 8, j += 8) {
    const d0 = at(a, j) - at(b, i)
    const d1 = at(a, j + 1) - at(b, i + 1)
    const d2 = at(a, j + 2) - at(b, i + 2)
    const d3 = at(a, j + 3) - at(b, i + 3)
    const d4 = at(a, j + 4) - at(b, i + 4)
    const d5 = at(a, j + 5) - at(b, i + 5)
    const d6 = at(a, j + 6) - at(b, i + 6)
    const d7 = at(a, j + 7) - at(b, i + 7)
    sum += d0 * d0 + d1 * d1 + (d2 * d2 + d3 * d3) + (d4 * d4 + d5 * d5 + (d6 * d6 + d7 * d7))
    if (sum > limit) return sum
  }
  for (let i = blocks; i < length; i++) {
    const d = at(a, offset + i) - at(b, i)
    sum += d * d
  }
  return sum
}

/** The scalar product of two vectors; `a` begins at `offset`. */
export const dotProduct = (a: Float32Array, offset: number, b: Float32Array): number => {
  const { length } = b
  const blocks = length - (length % 4)
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let i = 0, j = offset; i < blocks; i += 4, j += 4) {
    s0 += at(a, j) * at(b, i)
    s1 += at(a, j + 1) * at(b, i + 1)
    s2 += at(a, j + 2) * at(b, i + 2)
    s3 += at(a, j + 3) * at(b, i + 3)
  }
  let sum = s0 + s1 + (s2 + s3)
  for (let i = blocks; i < length; i++) sum += at(a, offset + i) * at(b, i)
  return sum
}

/**
 * 1 minus the cosine of an angle, from the scalar product of two vectors and of each with itself.
 * The root of the product, and not the product of roots, makes equal vectors exactly 0 apart.
 */
export const cosineDistance = (dot: number, aa: number, bb: number): number =>
  Math.max(0, 1 - dot / Math.sqrt(aa * bb))

/** How far apart two vectors of the same dimension are. */
export const distance = (metric: Metric, a: Float32Array, b: Float32Array): number =>
  metric === "l2"
    ? Math.sqrt(squaredDistance(a, 0, b, Number.POSITIVE_INFINITY))
    : cosineDistance(dotProduct(a, 0, b), dotProduct(a, 0, a), dotProduct(b, 0, b))

// Indexes stay within both vectors; a number is what makes the loops fast.
const at = (vector: Float32Array, index: number): number => vector[index] as number
