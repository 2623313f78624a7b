import type { Sensor, Target } from "./fleet.ts"
import type { Random } from "./random.ts"
import type { Credential } from "./wordlists.ts"

/** One burst of an attacker: what it tries on one target, one attempt after the other. */
export interface Visit {
  readonly target: Target
  readonly ip: string
  readonly client: number
  readonly credentials: ReadonlyArray<Credential>
  /** How many of them it tries before it connects anew. */
  readonly perSession: number
  /** Seconds from one attempt to the next, roughly. */
  readonly pace: number
}

/** One attacker, or a crowd of them that act alike. */
export interface Actor {
  /** Its part in all attempts, relative to the other actors. */
  readonly share: number
  /** The attempts in one visit, on average. */
  readonly size: number
  /** Its next visit; `progress` says how much of the period has passed, from 0 to 1. */
  readonly visit: (progress: number, random: Random) => Visit
}

/** What actors are made from. */
export interface Scene {
  readonly seed: number
  readonly captures: number
  readonly days: number
  readonly sensors: ReadonlyArray<Sensor>
  /** Reserves this many of the mass addresses and gives the number of the first. */
  readonly reserve: (addresses: number) => number
}

/** Chooses among targets, the ones with more traffic more often. At least one must be given. */
export const targetChooser = (targets: ReadonlyArray<Target>): ((random: Random) => Target) => {
  const first = targets[0]
  if (first === undefined) throw new Error("no sensor of this fleet plays a service to attack")
  const total = targets.reduce((sum, target) => sum + target.sensor.traffic, 0)
  return (random) => {
    let left = random.fraction() * total
    for (const target of targets) {
      left -= target.sensor.traffic
      if (left < 0) return target
    }
    return first
  }
}
