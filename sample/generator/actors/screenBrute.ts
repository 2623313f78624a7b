import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { namedAddress } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"
import { mix } from "../random.ts"
import { type Credential, passwordOf } from "../wordlists.ts"

// VNC looks at eight characters of a password.
const longest = 8

/**
 * An address that goes through passwords on VNC, which knows no user names. The sensor learns few
 * of the passwords: what it sees is the answer to a challenge.
 */
export const screenBrute = (scene: Scene, number: number, share: number): Actor => {
  const choose = targetChooser(targetsOf(scene.sensors, ["vnc"]))
  const list = mix(scene.seed, 4000)
  let next = number * 17
  return {
    share,
    size: 25,
    visit: (_progress, random) => {
      const credentials: Array<Credential> = []
      for (let step = 0; step < 25; step++) {
        const password = passwordOf(mix(list, next++)).slice(0, longest)
        credentials.push({ principal: "", password: random.chance(0.15) ? password : null })
      }
      return {
        target: choose(random),
        ip: namedAddress(500 + number),
        client: 0,
        credentials,
        perSession: 1,
        pace: 2,
      }
    },
  }
}
