import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { namedAddressV6 } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"
import { mix, pick } from "../random.ts"
import { type Credential, personName } from "../wordlists.ts"

const directory = 120
const seasons = ["Winter", "Spring", "Summer", "Autumn", "Welcome"] as const

/**
 * A password spray: one password a day over many people's accounts, slowly, from a handful of IPv6
 * addresses, against whatever asks for a user name.
 */
export const spray = (scene: Scene, share: number): Actor => {
  const choose = targetChooser(
    targetsOf(scene.sensors, ["ssh", "imap", "pop3", "smtp", "ftp", "ldap"]),
  )
  const people = mix(scene.seed, 6000)
  return {
    share,
    size: 10,
    visit: (progress, random) => {
      const today = Math.floor(progress * scene.days)
      const password = `${pick(seasons, today)}2026!${today < seasons.length ? "" : today}`
      const start = random.below(directory)
      const credentials: Array<Credential> = []
      for (let step = 0; step < 10; step++) {
        const person = (start + step) % directory
        credentials.push({ principal: personName(mix(people, person)), password })
      }
      return {
        target: choose(random),
        ip: namedAddressV6(today * 4 + random.below(4)),
        client: 1,
        credentials,
        perSession: 1,
        pace: random.between(20, 60),
      }
    },
  }
}
