import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { massAddress } from "../addresses.ts"
import { type Target, targetsOf } from "../fleet.ts"
import { mix, pick, Random } from "../random.ts"
import { type Credential, type ListStyle, listEntry, popularDefaults } from "../wordlists.ts"

const styles: readonly [ListStyle, ...ReadonlyArray<ListStyle>] = [
  { root: 0.72, accounts: 0.12, sameAsName: 0.2 },
  { root: 0.4, accounts: 0.2, sameAsName: 0.45 },
  { root: 0.15, accounts: 0.45, sameAsName: 0.3 },
]
// How much of the fleet a botnet knows.
const reaches = [1, 0.5, 0.25, 0.6] as const

const listSizes = [300, 700, 1500, 3000, 6000, 12_000, 20_000] as const
const meanRun = 20
const visitsPerMember = 1.7

/**
 * Many addresses that work through one word list, each for a short while: some twenty entries a
 * visit, the beginning of the list more often than its end, and now and then a default that
 * everybody tries. New members come and old ones go as time passes.
 */
export const botnet = (scene: Scene, number: number, share: number): Actor => {
  const seed = mix(scene.seed, 1000 + number)
  const random = new Random(seed)
  const size = pick(listSizes, random.below(listSizes.length))
  const style = pick(styles, number)
  const reach = pick(reaches, number)
  const worksTelnet = number % 6 === 5
  const choose = targetChooser(knownTargets(scene, worksTelnet ? "telnet" : "ssh", reach, random))
  const canary: Credential | undefined =
    number % 2 === 0 ? listEntry(mix(seed, 3), 0, { ...style, root: 0 }) : undefined

  const members = Math.max(3, Math.round((share * scene.captures) / meanRun / visitsPerMember))
  const active = Math.max(2, members * 0.15)
  const firstAddress = scene.reserve(members)

  return {
    share,
    size: meanRun,
    visit: (progress, visitRandom) => {
      const place = progress * (members - active) + visitRandom.fraction() * active
      const member = Math.min(members - 1, Math.floor(place))
      const start = Math.floor(size * visitRandom.fraction() * visitRandom.fraction())
      const credentials: Array<Credential> = []
      if (canary !== undefined && visitRandom.chance(0.5)) credentials.push(canary)
      const run = visitRandom.between(meanRun - 8, meanRun + 8)
      for (let entry = start; credentials.length < run; entry++) {
        const popular = visitRandom.chance(0.06)
        credentials.push(popular ? popularPair(visitRandom) : listEntry(seed, entry % size, style))
      }
      return {
        target: choose(visitRandom),
        ip: massAddress(firstAddress + member),
        client: number,
        credentials,
        perSession: number % 8 === 7 ? 3 : 1,
        pace: visitRandom.between(2, 40),
      }
    },
  }
}

/** One of the popular pairs, the first ones far more often than the last. */
const popularPair = (random: Random): Credential => {
  const skewed = random.fraction() * random.fraction() * random.fraction()
  return pick(popularDefaults, Math.floor(popularDefaults.length * skewed))
}

const knownTargets = (
  scene: Scene,
  service: string,
  reach: number,
  random: Random,
): ReadonlyArray<Target> => {
  const all = targetsOf(scene.sensors, [service])
  const known = all.filter(() => random.chance(reach))
  return known.length > 1 ? known : all
}
