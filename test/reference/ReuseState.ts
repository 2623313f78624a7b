import type { ReuseChange, ReuseClosed, ReuseDetected } from "../../src/domain/event/events.ts"

/** When something was seen first and last, and how often. */
export interface Span {
  readonly firstSeen: string
  readonly lastSeen: string
  readonly attemptCount: number
}

/** One announced change of a reuse key, with the event that caused it. */
export interface ChangeState {
  readonly version: number
  readonly change: ReuseChange["change"]
  readonly reason: ReuseClosed["reason"] | null
  readonly position: string
  readonly eventId: string
  readonly eventType: string
  readonly eventTime: string
  readonly source: string | null
  readonly addedTargets: ReuseDetected["addedTargets"]
  readonly addedTargetCount: number
  readonly addedAttackers: ReuseDetected["addedAttackers"]
  readonly addedAttackerCount: number
  readonly addedAttackerUuids: ReuseDetected["addedAttackerUuids"]
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
}

/** A reuse key with its targets and attackers, each in the order of its ordinals. */
export interface KeyState extends Span {
  readonly findingId: string
  readonly secretKind: string
  readonly secretDigest: string
  readonly principal: string
  readonly version: number
  readonly open: boolean
  readonly targetCount: number
  readonly attackerCount: number
  readonly unannouncedTargets: number
  readonly unannouncedAttackers: number
  readonly targets: ReadonlyArray<TargetState>
  readonly attackers: ReadonlyArray<KeyAttackerState>
  readonly history: ReadonlyArray<ChangeState>
}

interface TargetState extends Span {
  readonly ordinal: number
  readonly decky: string
  readonly service: string
}

interface KeyAttackerState extends Span {
  readonly ordinal: number
  readonly ip: string
}

export interface CredentialState extends Span {
  readonly findingId: string
  readonly attackerIp: string | null
  readonly decky: string
  readonly service: string
  readonly outcome: string | null
  readonly fields: Readonly<Record<string, string>>
}

export interface AttackerState {
  readonly ip: string
  readonly uuid: string
  readonly identifiedAt: string | null
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly attemptCount: number
}

/** An event that the fold wants to have in the log. */
export interface Said {
  readonly stream: string
  readonly expectedRevision: number | null
  readonly eventId: string
  readonly type: string
  readonly data: unknown
  readonly metadata: unknown
}

/**
 * Everything that folding a history comes to, in words that say nothing of how it is stored. Keys
 * and attackers stand in the order in which the history first names them, credentials in the order
 * of {@link credentialName}, and what was said in the order in which it was said.
 */
export interface ReuseState {
  readonly keys: ReadonlyArray<KeyState>
  readonly credentials: ReadonlyArray<CredentialState>
  readonly attackers: ReadonlyArray<AttackerState>
  readonly said: ReadonlyArray<Said>
}

/** What a credential is told from others by. */
export const credentialName = (credential: CredentialState): string =>
  [credential.findingId, credential.decky, credential.service, credential.attackerIp ?? ""].join(
    "\u0001",
  )

/** Compares texts the way JavaScript does, for sorting. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The targets of a key, each once: one whose service is not told is the first known one of the same
 * decky, with the attempts of both.
 */
export const filledTargets = (
  targets: ReadonlyArray<TargetState>,
): ReadonlyArray<Omit<TargetState, "ordinal">> => {
  const known = targets.filter(({ service }) => service !== "unknown")
  const filled = new Map<string, TargetState>()
  for (const target of [...known, ...targets.filter((one) => !known.includes(one))]) {
    const untold = target.service === "unknown"
    const same = untold ? known.find(({ decky }) => decky === target.decky) : undefined
    const service = same?.service ?? target.service
    const name = JSON.stringify([target.decky, service])
    const other = filled.get(name)
    filled.set(name, {
      ...target,
      service,
      ordinal: Math.max(target.ordinal, other?.ordinal ?? 0),
      firstSeen: [target.firstSeen, other?.firstSeen ?? target.firstSeen].sort()[0] ?? "",
      lastSeen: [target.lastSeen, other?.lastSeen ?? target.lastSeen].sort()[1] ?? "",
      attemptCount: target.attemptCount + (other?.attemptCount ?? 0),
    })
  }
  return [...filled.values()]
    .sort((a, b) => a.ordinal - b.ordinal)
    .map(({ ordinal: _, ...target }) => target)
}
