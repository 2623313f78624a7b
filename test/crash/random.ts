/** Numbers from 0 up to 1, always the same ones for the same seed (mulberry32). */
export type Random = () => number

export const seeded = (seed: number): Random => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** One of some, the first ones far more often than the last. */
export const pickSkewed = <A>(random: Random, from: ReadonlyArray<A>): A => {
  const picked = from[Math.floor(random() ** 3 * from.length)]
  if (picked === undefined) throw new Error("there is nothing to pick from")
  return picked
}
