import type { Extractor } from "./Extractor.ts"
import { HashedFeatures } from "./hashing.ts"

const dimension = 128
/** A list that says less than this many rare pairs is no list to be recognised by. */
const leastRarity = 4

/**
 * Which pairs of principal and secret were tried, and which after which, each weighted by its
 * rarity. Pairs that everybody tries are left out altogether, so that strangers with the same
 * default list have no fingerprint to be alike in.
 */
export const credList: Extractor = {
  kind: "cred_list",
  version: 2,
  metric: "cosine",
  dimension,
  extract: ({ logins }) => {
    const rare = new Map<string, number>()
    const features = new HashedFeatures(dimension)
    const followed = new Set<string>()
    let before = ""
    for (const { pair, rarity } of logins) {
      if (rarity === 0) continue
      const next = `${before} ${pair}`
      if (!followed.has(next)) features.add(next, orderWeight * rarity)
      followed.add(next)
      if (!rare.has(pair)) features.add(pair, rarity)
      rare.set(pair, rarity)
      before = pair
    }
    const total = [...rare.values()].reduce((sum, each) => sum + each, 0)
    if (total < leastRarity) return undefined
    const vector = features.unit()
    if (vector === undefined) return undefined
    return { vector, madeFrom: { pairs: [...rare.keys()], rarities: [...rare.values()] } }
  },
}

/** The order says less than the pairs: lists are shuffled, and interrupted. */
const orderWeight = 0.5
