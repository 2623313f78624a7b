import { isDefaultPassword } from "./defaultPasswords.ts"
import { walkBits } from "./keyboardWalk.ts"
import { letterBits, listRank } from "./letterModel.ts"
import { bitStep, leastBits, type Rating, type RatingClass, ratingModel } from "./rating.ts"

const maxBits = 64
/** So many characters cost all bits there are, whatever they are. */
const maxRated = 64

/** Kinds whose bytes are what somebody typed. */
const typedKinds: ReadonlySet<string> = new Set(["plaintext", "snmp_community"])

/**
 * Rates a secret before it is sealed; `undefined` for a kind whose bytes nobody chose, such as the
 * response to a challenge. The rating follows from the pair and the model alone, and its bits are
 * coarse: exact ones would be the place of a password in a public list, and so the password itself.
 */
export const ratingOf = (
  principal: string | null,
  kind: string,
  bytes: Uint8Array,
): Rating | undefined => {
  if (kind === "ssh_public_key") return { bits: maxBits, class: "key", model: ratingModel }
  if (!typedKinds.has(kind)) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
  const rating = passwordRating(principal ?? "", text)
  return { ...rating, bits: rating.class === "empty" ? 0 : coarse(rating.bits) }
}

const coarse = (bits: number): number => Math.max(leastBits, bitStep * Math.floor(bits / bitStep))

/** The same for a password as text, with exact bits. The cheapest explanation counts. */
export const passwordRating = (principal: string, password: string): Rating => {
  if (password === "") return { bits: 0, class: "empty", model: ratingModel }
  const text = password.slice(0, maxRated)
  const lower = text.toLowerCase()
  let best: Explanation = { bits: letterBits(lower) + caseBits(text), class: "none" }
  for (const explain of explanations) {
    const found = explain(text, lower, principal)
    if (found !== undefined && found.bits < best.bits) best = found
  }
  const isDefault = best.class !== "list" && best.class !== "principal" && isDefaultPassword(text)
  const bits = Math.min(maxBits, Math.round(best.bits * 10) / 10)
  return { bits, class: isDefault ? "default" : best.class, model: ratingModel }
}

interface Explanation {
  readonly bits: number
  readonly class: RatingClass
}

type Explain = (text: string, lower: string, principal: string) => Explanation | undefined

const asListed: Explain = (text, lower) => {
  const rank = listRank(lower)
  return rank === undefined ? undefined : { bits: Math.log2(rank) + caseBits(text), class: "list" }
}

/** A shorter principal stands in many passwords by chance. */
const minContained = 3

const asPrincipal: Explain = (_, lower, principal) => {
  const name = principal.toLowerCase()
  if (name === "") return undefined
  if (lower === name) return { bits: 1, class: "principal" }
  if (name.length < minContained) return undefined
  const found = lower.includes(name) ? name : reversed(name)
  const at = lower.indexOf(found)
  if (at < 0) {
    const isPart = lower.length >= minContained && name.includes(lower)
    return isPart ? { bits: 4, class: "principal" } : undefined
  }
  const rest = affixBits(lower.slice(0, at)) + affixBits(lower.slice(at + found.length))
  return { bits: (found === name ? 2 : 3) + rest, class: "principal" }
}

const reversed = (text: string): string => [...text].reverse().join("")

const asRepeat: Explain = (_, lower) => {
  const period = (lower + lower).indexOf(lower, 1)
  if (period === lower.length || period < 1) return undefined
  const piece = lower.slice(0, period)
  const pieceBits = Math.min(letterBits(piece), asListed(piece, piece, "")?.bits ?? maxBits)
  return { bits: pieceBits + Math.log2(lower.length / period), class: "repeat" }
}

const day = "(?:0?[1-9]|[12]\\d|3[01])"
const month = "(?:0?[1-9]|1[0-2])"
const year = "(?:19\\d\\d|20[0-4]\\d)"
const fullDate = new RegExp(
  `^(?:${year}([-./]?)${month}\\1${day}|${day}([-./]?)${month}\\2(?:${year}|\\d\\d)|${month}([-./]?)${day}\\3(?:${year}|\\d\\d))$`,
  "u",
)
const onlyYear = new RegExp(`^${year}$`, "u")

/** A day of the last hundred years, and a year. */
const dateBits = 15
const yearBits = 6

const asDate: Explain = (_, lower) => {
  if (lower.length < 4 || lower.length > 10) return undefined
  if (onlyYear.test(lower)) return { bits: yearBits, class: "date" }
  return lower.length >= 6 && fullDate.test(lower) ? { bits: dateBits, class: "date" } : undefined
}

const asWalk: Explain = (text, lower) => {
  const bits = Math.min(walkBits(text) ?? maxBits, (walkBits(lower) ?? maxBits) + caseBits(text))
  return bits < maxBits ? { bits, class: "walk" } : undefined
}

const letterFor: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
}
const leetBits = 2

const asVariant: Explain = (text, lower) => {
  const [, before = "", word = "", after = ""] =
    /^([^a-z]{0,6})([a-z].*?[a-z]|[a-z])([^a-z]*)$/su.exec(lower) ?? []
  const plain = Math.min(wordBits(word), maxBits) + affixBits(before) + affixBits(after)
  const all = wordBits(withLetters(lower)) + leetBits
  const part = wordBits(withLetters(word)) + leetBits + affixBits(before) + affixBits(after)
  const bits = 1 + caseBits(text) + Math.min(plain, all, part, joinedBits(lower))
  return bits < maxBits ? { bits, class: "variant" } : undefined
}

const signBits = 4

/** What words and numbers with signs between them cost, as in `centos@2019`. */
const joinedBits = (lower: string): number => {
  const pieces = lower.split(/[^a-z0-9]+/u)
  const isJoined = pieces.length > 1 && pieces.some((piece) => wordBits(piece) < maxBits)
  if (!isJoined) return Number.POSITIVE_INFINITY
  let bits = signBits * (lower.length - pieces.join("").length)
  for (const piece of pieces) bits += Math.min(wordBits(piece) + 1, affixBits(piece))
  return bits
}

const withLetters = (text: string): string =>
  text.replace(/[013457@$!]/gu, (sign) => letterFor[sign] ?? sign)

const wordBits = (word: string): number => {
  const rank = word.length < minContained ? undefined : listRank(word)
  return rank === undefined ? Number.POSITIVE_INFINITY : Math.log2(rank)
}

/** What was added to a word: the less usual and the longer, the more it says. */
const affixBits = (affix: string): number => {
  if (affix === "") return 0
  if ("1234567890".startsWith(affix) || /^(.)\1*$/su.test(affix)) return 2 + affix.length / 2
  const rank = listRank(affix)
  const listed = rank === undefined ? maxBits : Math.log2(rank) + 1
  const dated = onlyYear.test(affix) ? yearBits : maxBits
  return Math.min(listed, dated, letterBits(affix))
}

/** What capital letters add: little at the start or all over, more in between. */
const caseBits = (text: string): number => {
  const upper = text.replace(/[^A-Z]/gu, "").length
  if (upper === 0) return 0
  const letters = text.replace(/[^A-Za-z]/gu, "").length
  const isUsual = upper === letters || (upper === 1 && /^[^A-Za-z]*[A-Z]/u.test(text))
  return isUsual ? 1 : 1 + Math.min(upper, letters - upper)
}

const explanations: ReadonlyArray<Explain> = [
  asListed,
  asPrincipal,
  asRepeat,
  asDate,
  asWalk,
  asVariant,
]
