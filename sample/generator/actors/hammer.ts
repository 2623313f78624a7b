import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { namedAddress } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"
import { mix, Random } from "../random.ts"
import { type Credential, listEntry } from "../wordlists.ts"

const style = { root: 0.5, accounts: 0.4, sameAsName: 0.3 }

/**
 * One address that tries the same few credentials on the same target for ever. Hammer 0 has the
 * columns of its list swapped (no user name, and `root` for a password), hammer 1 a list with
 * Windows line ends.
 */
export const hammer = (scene: Scene, number: number, share: number): Actor => {
  const seed = mix(scene.seed, 2000 + number)
  const random = new Random(seed)
  const target = targetChooser(targetsOf(scene.sensors, ["ssh", "telnet"]))(random)
  const size = number === 0 ? 1 : random.between(2, 40)
  const credentialAt = (index: number): Credential => {
    if (number === 0) return { principal: "", password: "root" }
    const entry = listEntry(seed, index, style)
    return number === 1 ? { ...entry, password: `${entry.password}\r` } : entry
  }
  return {
    share,
    size: 8,
    visit: (_progress, visitRandom) => {
      const start = visitRandom.below(size)
      const credentials: Array<Credential> = []
      for (let step = 0; step < 8; step++) credentials.push(credentialAt((start + step) % size))
      return {
        target,
        ip: namedAddress(300 + number),
        client: number,
        credentials,
        perSession: number % 6 === 2 ? 20 : 1,
        pace: visitRandom.between(4, 60),
      }
    },
  }
}
