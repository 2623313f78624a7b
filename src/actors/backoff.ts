/** How long to wait after failures in a row. */
export interface Delays {
  /** Milliseconds to wait after the first failure; doubled after each further one. */
  readonly first: number
  /** Milliseconds never to be exceeded. */
  readonly most: number
}

/** How long to wait after failures in a row, and how many of them are too many. */
export interface Backoff extends Delays {
  /** Failures in a row that are waited out; after one more it is given up. */
  readonly limit: number
}

/**
 * Milliseconds to wait after the given number of failures in a row, the first being 1. There is no
 * chance in it: the same failures give the same delays.
 */
export const backoffDelay = ({ first, most }: Delays, failures: number): number =>
  Math.min(most, first * 2 ** (failures - 1))
