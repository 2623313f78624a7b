import * as Schema from "effect/Schema"

/**
 * Why a secret is as surprising as it is.
 *
 * - `empty`: no byte.
 * - `list`: in the list of common passwords.
 * - `default`: known as the default of a device, or from the word list of a botnet.
 * - `principal`: the principal, the principal backwards, or one of them with something added.
 * - `repeat`: one piece over and over.
 * - `date`: a date or a year.
 * - `walk`: neighbouring keys, or the alphabet.
 * - `variant`: a common password with digits or signs added or letters replaced.
 * - `key`: a public key, which nobody guesses.
 * - `none`: nothing of these; its letters are rated.
 */
export const RatingClass = Schema.Literals([
  "empty",
  "list",
  "default",
  "principal",
  "repeat",
  "date",
  "walk",
  "variant",
  "key",
  "none",
])
export type RatingClass = typeof RatingClass.Type

/** The version of the rules below and of the lists: another one may rate the same secret otherwise. */
export const ratingModel = 1

/** Anything more common counts as this: that so many guesses find it is all that is said. */
export const leastBits = 12
export const bitStep = 4

/**
 * How surprising it is that a secret was tried with a principal, and why: at least so many bits, 0 for
 * an empty one, otherwise from {@link leastBits} to 64 in steps of {@link bitStep}.
 */
export const Rating = Schema.Struct({
  bits: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 64 })),
  class: RatingClass,
  model: Schema.Int,
})
export type Rating = typeof Rating.Type
