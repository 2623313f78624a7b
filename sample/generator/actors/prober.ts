import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { massAddress } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"
import { mix, pick } from "../random.ts"
import { type Credential, passwordOf, personName } from "../wordlists.ts"

const services = [
  ...["postgresql", "mysql", "mssql", "mongodb", "redis", "ldap", "mqtt", "snmp", "sip", "http"],
  ...["k8s", "smb", "ftp", "smtp", "imap", "pop3"],
]
const usual: Readonly<Record<string, string>> = {
  postgresql: "postgres",
  mysql: "root",
  mssql: "sa",
  mongodb: "admin",
  redis: "default",
  http: "admin",
  smb: "Administrator",
  mqtt: "sensor",
}
const listSize = 600
const meanRun = 8

/**
 * Tools that go from one kind of service to the next, with the account that each is known for or
 * with made-up people. Many of these services answer with a challenge, so that the secret seen is
 * good for that one connection.
 */
export const prober = (scene: Scene, share: number): Actor => {
  const targets = targetsOf(scene.sensors, services)
  const choose = targetChooser(targets)
  const list = mix(scene.seed, 5000)
  const members = Math.max(5, Math.round((share * scene.captures) / meanRun / 6))
  const firstAddress = scene.reserve(members)
  return {
    share,
    size: meanRun,
    visit: (_progress, random) => {
      const target = choose(random)
      const start = Math.floor(listSize * random.fraction() * random.fraction())
      const run = random.between(meanRun - 4, meanRun + 4)
      const credentials: Array<Credential> = []
      for (let step = 0; step < run; step++) {
        const number = mix(list, (start + step) % listSize)
        const account = random.chance(0.7) ? usual[target.service] : undefined
        credentials.push({
          principal: account ?? personName(number),
          password: random.chance(0.03) ? "" : passwordOf(number),
        })
      }
      return {
        target,
        ip: massAddress(firstAddress + random.below(members)),
        client: 0,
        credentials,
        perSession: pick([1, 1, 4], number(target.service)),
        pace: random.between(1, 12),
      }
    },
  }
}

const number = (service: string): number => service.length
