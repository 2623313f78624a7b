import type { Actor, Scene } from "../Actor.ts"
import { namedAddress, namedAddressV6 } from "../addresses.ts"
import { type Target, targetsOf } from "../fleet.ts"
import { mix, pick, Random } from "../random.ts"
import { type Credential, personName } from "../wordlists.ts"

const marks = ["#", "%", "=", "~"] as const
const services = ["ssh", "telnet", "ftp", "http", "smtp"]

/**
 * Somebody with credentials that nobody else has, who keeps coming back to the same three or four
 * deckies, every day from another of three addresses. This is the finding to look for: a private
 * pair that ties the addresses together.
 */
export const returning = (scene: Scene, number: number, share: number): Actor => {
  const seed = mix(scene.seed, 7000 + number)
  const random = new Random(seed)
  const targets = homes(scene, random)
  const pairs = [0, 1, 2].map((index) => privatePair(mix(seed, index)))
  const address = (today: number): string => {
    const turn = (today + number) % 3
    return turn === 2 && number % 2 === 0
      ? namedAddressV6(40_000 + number)
      : namedAddress(number * 3 + turn)
  }
  let visits = 0
  return {
    share,
    size: 2.5,
    visit: (progress, visitRandom) => ({
      target: pick(targets, visits++),
      ip: address(Math.floor(progress * scene.days)),
      client: 4,
      credentials: visitRandom.chance(0.5) ? pairs : pairs.slice(0, 2),
      perSession: 3,
      pace: visitRandom.between(5, 20),
    }),
  }
}

const privatePair = (number: number): Credential => {
  const mark = pick(marks, number)
  return {
    principal: personName(mix(number, 1)),
    password: `${personName(mix(number, 2))}${mark}${mix(number, 3).toString(36)}${mark}${personName(mix(number, 4))}`,
  }
}

const homes = (scene: Scene, random: Random): readonly [Target, ...ReadonlyArray<Target>] => {
  const perDecky = new Map<string, Target>()
  for (const target of shuffled(targetsOf(scene.sensors, services), random)) {
    if (!perDecky.has(target.sensor.decky)) perDecky.set(target.sensor.decky, target)
  }
  const [first, ...others] = perDecky.values()
  if (first === undefined) throw new Error("no decky of this fleet plays a service to come back to")
  return [first, ...others.slice(0, random.between(2, 3))]
}

const shuffled = <A>(list: ReadonlyArray<A>, random: Random): ReadonlyArray<A> =>
  list
    .map((item) => ({ item, rank: random.uint() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
