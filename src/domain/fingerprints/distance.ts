import type { Metric } from "./fingerprint.ts"

/** How far apart two vectors of the same dimension are, computed with 64 bits. */
export const distance = (metric: Metric, a: Float32Array, b: Float32Array): number =>
  metric === "l2" ? euclidean(a, b) : 1 - cosine(a, b)

const euclidean = (a: Float32Array, b: Float32Array): number => {
  let squares = 0
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    squares += difference * difference
  }
  return Math.sqrt(squares)
}

const cosine = (a: Float32Array, b: Float32Array): number => {
  let product = 0
  let squaresA = 0
  let squaresB = 0
  for (let index = 0; index < a.length; index++) {
    const left = a[index] ?? 0
    const right = b[index] ?? 0
    product += left * right
    squaresA += left * left
    squaresB += right * right
  }
  return product / Math.sqrt(squaresA * squaresB)
}
