import type { RatingClass } from "../secret/rating.ts"

/** What the rank of a finding is made of; times in microseconds since 1970. */
export interface Ranked {
  /** How surprising its secret is, in bits; `null` where that was not rated. */
  readonly bits: number | null
  readonly attackerCount: number
  readonly targetCount: number
  readonly firstSeen: number
}

/** What it is compared with: how many attackers the log knows, and its latest event time. */
export interface RankedAmong {
  readonly attackerCount: number
  readonly lastSeen: number
}

/** The factors of a rank, each at least 0; more is more worth a look. */
export interface RankTerms {
  readonly surprise: number
  readonly attackers: number
  readonly targets: number
  readonly rarity: number
  readonly novelty: number
}

/** Fewer bits than these are guessed by everybody: what a list of 30,000 words covers. */
export const dullBits = 15
/** What an unrated secret counts as. */
export const unratedBits = 20
/** More attackers and more targets than these add nothing: popular is not the same as telling. */
export const maxAttackers = 40
export const maxTargets = 9
/** What each target after the first adds. */
export const perTarget = 0.25
/** What novelty adds at first, and after how many microseconds half of it is gone. */
export const noveltyBonus = 0.5
export const noveltyHalf = 7 * 24 * 3600 * 1e6

/**
 * How much a finding deserves a look. It follows from the finding and the log alone: no clock of
 * this machine, so that it is the same after a rebuild.
 *
 * - `surprise`: the bits of the secret above what everybody tries.
 * - `attackers`: log2(1 + attackers), up to {@link maxAttackers}.
 * - `targets`: a quarter more for each target after the first, up to {@link maxTargets}.
 * - `rarity`: down to a half where all attackers of the log tried it.
 * - `novelty`: half as much again when it was first seen at the end of the log, less a week before.
 */
export const rankTerms = (finding: Ranked, among: RankedAmong): RankTerms => ({
  surprise: Math.max(0, (finding.bits ?? unratedBits) - dullBits),
  attackers: Math.log2(1 + Math.min(finding.attackerCount, maxAttackers)),
  targets: 1 + perTarget * (Math.min(finding.targetCount, maxTargets) - 1),
  rarity: 1 - (0.5 * finding.attackerCount) / Math.max(1, among.attackerCount),
  novelty: 1 + noveltyBonus * 2 ** (-Math.max(0, among.lastSeen - finding.firstSeen) / noveltyHalf),
})

/** The product of its terms, to one decimal. */
export const rankOf = (terms: RankTerms): number => {
  const { surprise, attackers, targets, rarity, novelty } = terms
  return Math.round(surprise * attackers * targets * rarity * novelty * 10) / 10
}

/** Why its secret is rated as it is, in words for people. */
export const ratingReason: Readonly<Record<RatingClass, string>> = {
  empty: "no password",
  list: "common password",
  default: "device default",
  principal: "from the user name",
  repeat: "repeated",
  date: "date",
  walk: "keyboard walk",
  variant: "common word, varied",
  key: "public key",
  none: "in no list",
}
