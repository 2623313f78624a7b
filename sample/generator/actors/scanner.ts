import { type Actor, type Scene, targetChooser } from "../Actor.ts"
import { passingAddress } from "../addresses.ts"
import { targetsOf } from "../fleet.ts"

const services = ["ssh", "telnet", "ftp", "vnc", "postgresql", "mssql", "http", "smtp"]

/** Those who only look: they connect and try nothing. `visits` counts them per attempt of all. */
export const scanner = (scene: Scene, visits: number): Actor => {
  const choose = targetChooser(targetsOf(scene.sensors, services))
  let serial = 0
  return {
    share: visits,
    size: 1,
    visit: (_progress, random) => ({
      target: choose(random),
      // A few survey projects connect again and again, the rest once.
      ip: passingAddress(70_000 + (random.chance(0.5) ? random.below(12) : 12 + serial++)),
      client: random.below(5),
      credentials: [],
      perSession: 1,
      pace: 1,
    }),
  }
}
