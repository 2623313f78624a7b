import type { Capture, Outcome } from "../../src/domain/capture/capture.ts"
import { unknownService } from "../../src/domain/capture/service.ts"
import type { Timestamp } from "../../src/domain/event/timestamp.ts"
import { keyedSecret } from "../../src/domain/secret/keyedSecret.ts"
import { type Secret, type TriedSecret, triedSecret } from "../../src/domain/secret/secret.ts"
import { planSessions, type SampleOptions } from "./plan.ts"
import { type Attempt, type Session, sessionUuid } from "./Session.ts"
import { TimeOrdered } from "./TimeOrdered.ts"
import { isoText } from "./times.ts"

/**
 * The plan's attempts as captures, in the order of time, without a detour through files: exactly
 * `captures` of them. They say what the files of the same plan say, and no more: who came is
 * absent where a log has no place for it, and so is what it does not know. `seal` says what a secret
 * is known by; without it that is a digest under a key that guards nothing.
 */
export function* generateCaptures(
  options: SampleOptions,
  seal: Seal = sealed,
): Generator<Capture, void> {
  const waiting = new TimeOrdered<readonly [Session, Attempt]>()
  const sequenceOf = sequences()
  const before = function* (time: number): Generator<Capture, void> {
    for (let next = waiting.popBefore(time); next; next = waiting.popBefore(time)) {
      yield captureOf(next[0], next[1], sequenceOf, seal)
    }
  }
  for (const session of planSessions(options)) {
    yield* before(session.start)
    for (const attempt of session.attempts) waiting.push(attempt.time, [session, attempt])
  }
  yield* before(Infinity)
}

const captureOf = (
  session: Session,
  attempt: Attempt,
  sequenceOf: (session: Session, attempt: Attempt) => number,
  seal: Seal,
): Capture => {
  const { sensor } = session.target
  const { secret } = attempt
  const sequence = sensor.kind === "ssh-honeypot" ? sequenceOf(session, attempt) : 0
  return {
    observedAt: `${isoText(attempt.time)}Z` as Timestamp, // isoText is of the canonical width
    decky: sensor.decky,
    service: serviceOf(session),
    attackerIp: hidesAddress(session) ? null : session.ip,
    sessionId: sessionIdOf(session),
    principal: attempt.principal,
    secret:
      secret === null
        ? null
        : seal(
            triedSecret(secret.kind, Buffer.from(secret.text, secret.encoding)),
            attempt.principal,
          ),
    outcome: outcomeOf(session, attempt),
    ...(sequence === 0 ? {} : { sequence }),
    fields: fieldsOf(session),
  }
}

/** DECNET's one helper for SSH and Telnet logins does not say which of them it was. */
const serviceOf = ({ target }: Session): string =>
  target.sensor.kind === "decnet" && target.service === "ssh" ? unknownService : target.service

/** DECNET's FTP and MQTT decoys leave out where the attempt came from. */
const hidesAddress = ({ target }: Session): boolean =>
  target.sensor.kind === "decnet" && (target.service === "ftp" || target.service === "mqtt")

const sessionIdOf = ({ target, id }: Session): string | null => {
  switch (target.sensor.kind) {
    case "cowrie-2018":
    case "cowrie-2026":
      return id.slice(0, 12)
    case "heralding":
      return sessionUuid(id)
    default:
      return null
  }
}

const outcomeOf = ({ target }: Session, { accepted }: Attempt): Outcome | null => {
  switch (target.sensor.kind) {
    case "cowrie-2018":
    case "cowrie-2026":
      return accepted ? "success" : "failure"
    case "decnet":
      if (target.service !== "imap" && target.service !== "pop3") return null
      return accepted ? "success" : "failure"
    case "dionaea":
      return null
    default:
      return "failure"
  }
}

/** What each log says beside the attempt itself; what DECNET says differs from service to service. */
const fieldsOf = ({ target, client, port }: Session): Record<string, string> => {
  const ports = { sourcePort: String(port), destinationPort: String(target.port) }
  const { kind, address } = target.sensor
  switch (kind) {
    case "cowrie-2018":
      return { clientVersion: client.version }
    case "cowrie-2026":
      if (target.service !== "ssh") return {}
      return { clientVersion: client.version, hassh: client.hassh }
    case "heralding":
    case "dionaea":
      return { ...ports, destinationIp: address }
    case "opencanary":
      return ports
    default:
      return {}
  }
}

/** Numbers equal attempts within one second, as a reader of a log without fractions must. */
const sequences = (): ((session: Session, attempt: Attempt) => number) => {
  let current = -1
  const seen = new Map<string, number>()
  return ({ target, ip }, { time, principal, secret }) => {
    if (time !== current) seen.clear()
    current = time
    const attempt = `${target.sensor.decky} ${ip} ${principal} ${secret?.text}`
    const sequence = seen.get(attempt) ?? 0
    seen.set(attempt, sequence + 1)
    return sequence
  }
}

/** The index key of generated captures: it guards nothing, all of them are made up. */
const sampleIndexKey = new Uint8Array(32)

type Seal = (tried: TriedSecret, principal: string | null) => Secret

const sealed: Seal = (tried, principal) => keyedSecret(sampleIndexKey, tried, principal)
