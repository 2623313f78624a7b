/**
 * A seeded source of numbers: sfc32 (Chris Doty-Humphrey's "small fast counting" generator, from
 * PractRand, in the public domain). The same seed gives the same numbers on every machine, which
 * is all that is asked of it.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(seed: number) {
    this.a = mix(seed, 1)
    this.b = mix(seed, 2)
    this.c = mix(seed, 3)
    for (let round = 0; round < 12; round++) this.uint()
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint(): number {
    const sum = (this.a + this.b + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A number from 0 up to, but never, 1. */
  fraction(): number {
    return this.uint() / 4_294_967_296
  }

  /** A whole number from 0 up to, but never, `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** This many hexadecimal digits. */
  hex(digits: number): string {
    let text = ""
    while (text.length < digits) text += this.uint().toString(16).padStart(8, "0")
    return text.slice(0, digits)
  }

  /** A random UUID in the shape of version 4. */
  uuid(): string {
    const hex = this.hex(32)
    const variant = "89ab".charAt(this.below(4))
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}

/** A 32-bit number that follows from the two given and looks like neither. */
export const mix = (seed: number, index: number): number => {
  let mixed = (seed ^ Math.imul(index + 1, 0x9e3779b9)) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The element that a number points to, the list being read in a circle. */
export const pick = <A>(list: readonly [A, ...ReadonlyArray<A>], index: number): A =>
  list[index % list.length] ?? list[0]
