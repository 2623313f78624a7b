/** A session near another in one kind. */
export interface KindNeighbour {
  readonly id: string
  readonly distance: number
  /** How many sessions are at most so far away in this kind, this one included. */
  readonly within: number
}

/** What the vectors of one kind say about one session. */
export interface KindNeighbours {
  readonly kind: string
  /**
   * How many other sessions there are, with a vector of the kind or without: one without is not
   * near, and so a kind that few have says more than one that all have.
   */
  readonly total: number
  /** Every session that is to be ranked and has a vector of the kind, at whatever distance. */
  readonly neighbours: ReadonlyArray<KindNeighbour>
}

/** What one kind contributes to the likeness of two sessions. */
export interface Contribution extends KindNeighbour {
  readonly kind: string
  readonly total: number
  /** How surprising it is that they are so near: see {@link surprise}. */
  readonly surprise: number
  /** What it adds to the score, in bits; less than 0 where it speaks against. */
  readonly bits: number
}

/** A session in the order of likeness, the most alike first. */
export interface RankedSession {
  readonly id: string
  /** The sum of the contributions, in bits. */
  readonly score: number
  /** The one that says the most first. */
  readonly contributions: ReadonlyArray<Contribution>
}

/**
 * What a kind can say. Beyond `reach` vectors are not alike; a kind adds at most `most` bits, and
 * takes away at most `against`, which two that are `reach` and as much again apart do.
 */
interface Weight {
  readonly reach: number
  readonly most: number
  readonly against: number
}

const weights: Readonly<Record<string, Weight>> = {
  cmd_ngram: { reach: 0.5, most: 12, against: 8 },
  cred_list: { reach: 0.6, most: 12, against: 0 },
  ssh_kex: { reach: 0.3, most: 8, against: 4 },
  session_timing: { reach: 3, most: 3, against: 1 },
}
const usual: Weight = { reach: 0.5, most: 4, against: 0 }

/**
 * How surprising it is that one of `total` sessions is so near that only `within` of them are, in
 * bits: the logarithm to base two of one in how many are. What thousands share is no surprise.
 */
export const surprise = (within: number, total: number): number =>
  total === 0 ? 0 : Math.max(0, Math.log2(total / Math.max(1, within)))

/**
 * The sessions near another, fused over kinds: each kind adds its surprise, the less the farther
 * away, up to what such a kind can say, and takes away where it speaks against. A client that
 * thousands use is worth next to nothing however equal it is; a script that few run is worth much.
 * Ties are broken by id.
 */
export const rankSessions = (
  kinds: ReadonlyArray<KindNeighbours>,
): ReadonlyArray<RankedSession> => {
  const contributions = new Map<string, Array<Contribution>>()
  for (const { kind, total, neighbours } of kinds) {
    const weight = weights[kind] ?? usual
    for (const neighbour of neighbours) {
      const surprising = surprise(neighbour.within, total)
      const bits = bitsOf(weight, neighbour.distance, surprising)
      const contribution = { ...neighbour, kind, total, surprise: surprising, bits }
      const known = contributions.get(neighbour.id)
      if (known === undefined) contributions.set(neighbour.id, [contribution])
      else known.push(contribution)
    }
  }
  return [...contributions]
    .map(([id, said]) => ({
      id,
      score: said.reduce((sum, { bits }) => sum + bits, 0),
      contributions: said.sort((a, b) => b.bits - a.bits || compare(a.kind, b.kind)),
    }))
    .sort((a, b) => b.score - a.score || compare(a.id, b.id))
}

const bitsOf = ({ reach, most, against }: Weight, distance: number, surprising: number): number =>
  distance <= reach
    ? Math.min(most, surprising) * (1 - distance / reach)
    : -against * Math.min(1, distance / reach - 1)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
