import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { passingAddress } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"
import { mix, pick } from "../random.ts"
import { type Credential, listEntry, popularDefaults } from "../wordlists.ts"

const style = { root: 0.4, accounts: 0.3, sameAsName: 0.3 }
// What lands in a login prompt when a client speaks another protocol.
const misdirected: Credential = {
  principal: "GET / HTTP/1.1",
  password: "Host: device.example",
}

/** The background noise: addresses that try one, two or three things and are never seen again. */
export const oneShot = (scene: Scene, share: number): Actor => {
  const choose = targetChooser(targetsOf(scene.sensors, ["ssh", "telnet", "ftp", "http"]))
  const list = mix(scene.seed, 3000)
  let serial = 0
  return {
    share,
    size: 1.5,
    visit: (_progress, random) => {
      const target = choose(random)
      const number = serial++
      const run = random.chance(0.7) ? 1 : random.between(2, 3)
      const credentials: Array<Credential> = []
      for (let step = 0; step < run; step++) {
        const popular = random.chance(0.5)
        const entry = listEntry(list, number * 3 + step, style)
        credentials.push(popular ? pick(popularDefaults, random.below(20)) : entry)
      }
      const lost = target.service === "telnet" && random.chance(0.05)
      return {
        target,
        ip: passingAddress(number),
        client: random.below(5),
        credentials: lost ? [misdirected] : credentials,
        perSession: 3,
        pace: random.between(2, 9),
      }
    },
  }
}
