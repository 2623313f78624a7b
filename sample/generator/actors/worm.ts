import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { massAddress } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"
import { pick } from "../random.ts"
import { type Credential, deviceDefaults, shellWords } from "../wordlists.ts"

const meanRun = 5

/**
 * A Telnet worm: infected devices all over the world that try a handful of factory passwords in
 * one connection and then type shell words, which a sensor takes for logins.
 */
export const worm = (scene: Scene, share: number): Actor => {
  const choose = targetChooser(targetsOf(scene.sensors, ["telnet"]))
  const members = Math.max(4, Math.round((share * scene.captures) / meanRun / 4))
  const firstAddress = scene.reserve(members)
  return {
    share,
    size: meanRun,
    visit: (progress, random) => {
      const place = progress * members * 0.8 + random.fraction() * members * 0.2
      const run = random.between(1, 7)
      const credentials: Array<Credential> = []
      for (let step = 0; step < run; step++) {
        const index = Math.floor(deviceDefaults.length * random.fraction() * random.fraction())
        credentials.push(pick(deviceDefaults, index))
      }
      if (random.chance(0.5)) credentials.push(...shellWords)
      return {
        target: choose(random),
        ip: massAddress(firstAddress + Math.floor(place)),
        client: 0,
        credentials,
        perSession: 9,
        pace: 1,
      }
    },
  }
}
