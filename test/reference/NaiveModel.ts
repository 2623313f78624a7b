import type { Capture } from "../../src/domain/capture/capture.ts"
import {
  type AttackerIdentified,
  addedListLimit,
  type DecodedEvent,
  type PolicyChanged,
  type RecordedEvent,
  type ReuseChange,
  type ReuseClosed,
  schemaVersion,
} from "../../src/domain/event/events.ts"
import {
  type AttackerUuid,
  factEventId,
  findingId,
  mintedAttackerUuid,
} from "../../src/domain/event/ids.ts"
import { defaultPolicy, type ReusePolicy } from "../../src/domain/finding/policy.ts"
import {
  type AttackerState,
  byText,
  type ChangeState,
  type CredentialState,
  credentialName,
  type KeyState,
  type ReuseState,
  type Said,
  type Span,
} from "./ReuseState.ts"

interface At<Data> {
  readonly index: number
  readonly recorded: RecordedEvent
  readonly data: Data
}
type Seen = At<Capture>

/** A change of a key: what is announced, and the event of the history that caused it. */
interface Announced {
  readonly cause: { readonly index: number; readonly recorded: RecordedEvent }
  readonly detected: ReuseChange
}

/**
 * What reuse is, written down a second time: from the rules, in the plainest way, and with nothing
 * taken from the fold it checks. It keeps every event in memory and works everything out again from
 * the whole history each time it is asked.
 *
 * - A key is (secret kind, secret digest, principal or ""). It opens at the first event at which
 *   it has `minTargets` distinct targets and the policy lets it.
 * - A target is a (decky, service) pair. A service that the log does not tell is the first known one
 *   of the same decky in the key, whichever of the two comes first; without one it is a target.
 * - Once open, a new target is announced; a new attacker too, one by one up to the policy's limit
 *   and then each time their number has doubled since the announcement before. If the first capture
 *   of the key says fewer bits than the policy follows, only doublings are announced, and the first
 *   four targets.
 * - A UUID that somebody outside gives to one of its attackers is announced, unless another of them
 *   has that UUID already.
 * - Each announcement covers everything that the ones before left unsaid.
 * - A change of policy opens what it makes a finding of what is known, and closes what it demands
 *   more targets of than there are, or what it excludes. What is closed opens again like any other.
 */
export class NaiveModel {
  readonly #captures: Array<Seen> = []
  readonly #identifications: Array<At<AttackerIdentified>> = []
  readonly #policies: Array<At<PolicyChanged>> = []
  #events = 0

  add(event: DecodedEvent): void {
    const index = this.#events++
    const { recorded } = event
    if (event.type === "credential.captured") {
      this.#captures.push({ index, recorded, data: event.data })
    } else if (event.type === "attacker.identified") {
      this.#identifications.push({ index, recorded, data: event.data })
    } else if (event.type === "reuse.policy.changed") {
      this.#policies.push({ index, recorded, data: event.data })
    }
  }

  /** Everything the history so far comes to. */
  state(): ReuseState {
    const byKey = [...groupBy(this.#captures, keyName).values()]
    const byIp = groupBy(
      this.#captures.filter(({ data }) => data.attackerIp !== null),
      ({ data }) => data.attackerIp ?? "",
    )
    const announced = byKey.map((captures) => this.#announced(captures))
    return {
      keys: byKey.map((captures, n) => keyState(captures, announced[n] ?? [])),
      credentials: byKey
        .flatMap(credentialsOf)
        .sort((a, b) => byText(credentialName(a), credentialName(b))),
      attackers: this.#attackers(byIp),
      said: said(byIp, announced),
    }
  }

  // The policy in force once the event with this index has been taken in.
  #policyAt(index: number): ReusePolicy {
    return (
      this.#policies.findLast((changed) => changed.index <= index)?.data.policy ?? defaultPolicy
    )
  }

  // Only the first word about an address stands.
  #identificationOf(ip: string, index: number): At<AttackerIdentified> | undefined {
    const first = this.#identifications.find(({ data }) => data.attackerIp === ip)
    return first !== undefined && first.index <= index ? first : undefined
  }

  #uuidAt(ip: string, index: number): AttackerUuid {
    return this.#identificationOf(ip, index)?.data.attackerUuid ?? mintedAttackerUuid(ip)
  }

  // All that is ever announced about a key: its captures, in between the events about all keys.
  #announced(captures: ReadonlyArray<Seen>): ReadonlyArray<Announced> {
    const moments = [
      ...captures.map((seen) => ({ seen, index: seen.index })),
      ...this.#identifications.map((identified) => ({ identified, index: identified.index })),
      ...this.#policies.map((changed) => ({ changed, index: changed.index })),
    ].sort((a, b) => a.index - b.index)
    const known: Array<Seen> = []
    const targets: Array<Target> = []
    const ips = new Set<string>()
    const announced: Array<Announced> = []

    const announce = (
      cause: Announced["cause"],
      observedAt: Capture["observedAt"],
      what: "found" | ReuseClosed["reason"] = "found",
      uuids: ReadonlyArray<AttackerUuid> = [],
    ): void => {
      const before = announced.at(-1)?.detected
      const addedTargets = targets.slice(before?.targetCount ?? 0).map((target) => ({ ...target }))
      const addedIps = [...ips].slice(before?.attackerCount ?? 0)
      const isClosed = before?.change === "closed"
      const kind =
        what === "found"
          ? {
              change: before === undefined ? "opened" : isClosed ? "reopened" : "grew",
              confidence: 1,
            }
          : { change: "closed", reason: what }
      announced.push({
        cause,
        detected: {
          ...keyOf(known),
          ...kind,
          version: announced.length + 1,
          observedAt,
          addedTargets: addedTargets.slice(0, addedListLimit),
          addedTargetCount: addedTargets.length,
          addedAttackers: addedIps
            .slice(0, addedListLimit)
            .map((ip) => ({ ip, uuid: this.#uuidAt(ip, cause.index) })),
          addedAttackerCount: addedIps.length,
          addedAttackerUuids: uuids,
          targetCount: targets.length,
          attackerCount: ips.size,
          ...spanOf(known),
        } as ReuseChange, // the two kinds have the fields of either
      })
    }

    for (const moment of moments) {
      const policy = this.#policyAt(moment.index)
      if ("seen" in moment) {
        const { attackerIp, observedAt } = moment.seen.data
        known.push(moment.seen)
        takeTarget(targets, moment.seen.data)
        if (attackerIp !== null) ips.add(attackerIp)
        if (!mayBeFinding(policy, moment.seen.data.secret)) continue
        const before = announced.at(-1)?.detected
        if (before === undefined || before.change === "closed") {
          if (targets.length >= policy.minTargets) announce(moment.seen, observedAt)
          continue
        }
        const bits = known[0]?.data.secret?.rating?.bits ?? 20
        const isDull = bits < policy.followedFromBits
        const moreAttackers =
          ips.size > before.attackerCount &&
          ((!isDull && ips.size <= policy.attackersAnnounced) ||
            ips.size >= before.attackerCount * 2)
        const moreTargets =
          targets.length > before.targetCount &&
          (!isDull || targets.length <= 4 || targets.length >= before.targetCount * 2)
        if (moreTargets || moreAttackers) announce(moment.seen, observedAt)
        continue
      }
      const [first] = known
      if (first === undefined) continue
      const last = announced.at(-1)?.detected.change
      const isOpen = last !== undefined && last !== "closed"
      if ("changed" in moment) {
        const reason = whyNot(policy, first.data.secret, targets.length)
        const { changedAt } = moment.changed.data
        if (isOpen && reason !== undefined && reason !== "absent") {
          announce(moment.changed, changedAt, reason)
        }
        if (!isOpen && reason === undefined) announce(moment.changed, changedAt)
        continue
      }
      const { attackerIp, attackerUuid, identifiedAt } = moment.identified.data
      if (!isOpen || !ips.has(attackerIp)) continue
      if (this.#identificationOf(attackerIp, moment.index) !== moment.identified) continue
      const others = [...ips].filter((ip) => ip !== attackerIp)
      if (others.some((ip) => this.#uuidAt(ip, moment.index) === attackerUuid)) continue
      announce(moment.identified, identifiedAt, "found", [attackerUuid])
    }
    return announced
  }

  #attackers(byIp: ReadonlyMap<string, ReadonlyArray<Seen>>): ReadonlyArray<AttackerState> {
    const named = [
      ...[...byIp].map(([ip, [first]]) => ({ ip, index: first?.index ?? 0 })),
      ...this.#identifications.map(({ data, index }) => ({ ip: data.attackerIp, index })),
    ].sort((a, b) => a.index - b.index)
    return [...new Set(named.map(({ ip }) => ip))].map((ip) => {
      const captures = byIp.get(ip)
      const span =
        captures === undefined
          ? { firstSeen: null, lastSeen: null, attemptCount: 0 }
          : spanOf(captures)
      return {
        ip,
        uuid: this.#uuidAt(ip, this.#events),
        identifiedAt: this.#identificationOf(ip, this.#events)?.recorded.position ?? null,
        ...span,
      }
    })
  }
}

const mayBeFinding = (policy: ReusePolicy, secret: Capture["secret"]): boolean => {
  if (secret === null) return false
  if (secret.lengthClass === "0" && policy.excludeEmpty) return false
  if (policy.excludedKinds.some((kind) => kind === secret.kind)) return false
  return !policy.excludedSecrets.some((sha256) => sha256 === secret.digest)
}

const whyNot = (
  policy: ReusePolicy,
  secret: Capture["secret"],
  targetCount: number,
): ReuseClosed["reason"] | "absent" | undefined => {
  if (secret === null) return "absent"
  if (secret.lengthClass === "0" && policy.excludeEmpty) return "empty-secret"
  if (policy.excludedKinds.some((kind) => kind === secret.kind)) return "excluded-kind"
  if (policy.excludedSecrets.some((sha256) => sha256 === secret.digest)) return "excluded-secret"
  return targetCount < policy.minTargets ? "min-targets" : undefined
}

const groupBy = (
  captures: ReadonlyArray<Seen>,
  nameOf: (seen: Seen) => string,
): ReadonlyMap<string, ReadonlyArray<Seen>> => {
  const groups = new Map<string, Array<Seen>>()
  for (const seen of captures) {
    const name = nameOf(seen)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [seen])
    else group.push(seen)
  }
  return groups
}

interface Target {
  readonly decky: string
  service: string
}

/** Adds the target of a capture, if it is a further one. */
const takeTarget = (targets: Array<Target>, { decky, service }: Target): boolean => {
  const same = targets.filter((target) => target.decky === decky)
  if (same.some((target) => target.service === service)) return false
  const untold = same.find((target) => target.service === "unknown")
  if (service === "unknown" && same.length > 0) return false
  if (service !== "unknown" && untold !== undefined) {
    untold.service = service
    return false
  }
  targets.push({ decky, service })
  return true
}

const keyName = ({ data: { secret, principal } }: Seen): string =>
  JSON.stringify([secret === null ? null : [secret.kind, secret.digest], principal ?? ""])

const targetName = ({ data: { decky, service } }: Seen): string => JSON.stringify([decky, service])

const keyOf = ([first]: ReadonlyArray<Seen>) => {
  if (first === undefined) throw new Error("a key has a capture")
  const { secret, principal } = first.data
  const key = {
    secretKind: secret?.kind ?? "",
    secretDigest: secret?.digest ?? "",
    principal: principal ?? "",
  }
  return { findingId: findingId(key), ...key }
}

const spanOf = (captures: ReadonlyArray<Seen>) => {
  const [first] = captures
  if (first === undefined) throw new Error("a span has a capture")
  let firstSeen = first.data.observedAt
  let lastSeen = first.data.observedAt
  for (const { data } of captures) {
    if (data.observedAt < firstSeen) firstSeen = data.observedAt
    if (data.observedAt > lastSeen) lastSeen = data.observedAt
  }
  return { firstSeen, lastSeen, attemptCount: captures.length } satisfies Span
}

const keyState = (captures: ReadonlyArray<Seen>, announced: ReadonlyArray<Announced>): KeyState => {
  const byTarget = [...groupBy(captures, targetName).values()]
  const byIp = groupBy(
    captures.filter(({ data }) => data.attackerIp !== null),
    ({ data }) => data.attackerIp ?? "",
  )
  const last = announced.at(-1)?.detected
  const counted: Array<Target> = []
  const targets = byTarget.map((seen) => {
    const [first] = seen
    const { decky, service } = first?.data ?? { decky: "", service: "" }
    const ordinal = takeTarget(counted, { decky, service }) ? counted.length : 0
    return { ordinal, decky, service, ...spanOf(seen) }
  })
  return {
    ...keyOf(captures),
    version: announced.length,
    open: last !== undefined && last.change !== "closed",
    ...spanOf(captures),
    targetCount: counted.length,
    attackerCount: byIp.size,
    unannouncedTargets: counted.length - (last?.targetCount ?? 0),
    unannouncedAttackers: byIp.size - (last?.attackerCount ?? 0),
    // As the tables list them: those that are no further targets first.
    targets: [...targets].sort((a, b) => a.ordinal - b.ordinal),
    attackers: [...byIp].map(([ip, seen], n) => ({ ordinal: n + 1, ip, ...spanOf(seen) })),
    history: announced.map(changeState),
  }
}

const changeState = ({ cause: { recorded }, detected }: Announced): ChangeState => {
  const { source } = recorded.metadata as { source?: { file: string; line: number } } // as tests write it
  return {
    version: detected.version,
    change: detected.change,
    reason: detected.change === "closed" ? detected.reason : null,
    position: recorded.position,
    eventId: recorded.id,
    eventType: recorded.type,
    eventTime: detected.observedAt,
    source: source === undefined ? null : `${source.file}:${source.line}`,
    addedTargets: detected.addedTargets,
    addedTargetCount: detected.addedTargetCount,
    addedAttackers: detected.addedAttackers,
    addedAttackerCount: detected.addedAttackerCount,
    addedAttackerUuids: detected.addedAttackerUuids,
    targetCount: detected.targetCount,
    attackerCount: detected.attackerCount,
    attemptCount: detected.attemptCount,
  }
}

const credentialsOf = (captures: ReadonlyArray<Seen>): ReadonlyArray<CredentialState> => {
  const groups = groupBy(captures, ({ data: { decky, service, attackerIp } }) =>
    JSON.stringify([decky, service, attackerIp]),
  )
  return [...groups.values()].map((seen) => ({
    findingId: keyOf(seen).findingId,
    attackerIp: seen[0]?.data.attackerIp ?? null,
    decky: seen[0]?.data.decky ?? "",
    service: seen[0]?.data.service ?? "",
    ...spanOf(seen),
    outcome: lastOutcome(seen),
    fields: seen[0]?.data.fields ?? {},
  }))
}

/** Of the latest event time at which one was said; of several then, the last in the alphabet. */
const lastOutcome = (seen: ReadonlyArray<Seen>): Capture["outcome"] => {
  const said = seen.filter(({ data }) => data.outcome !== null)
  const latest = said
    .map(({ data }) => data.observedAt)
    .sort()
    .at(-1)
  return (
    said
      .filter(({ data }) => data.observedAt === latest)
      .map(({ data }) => data.outcome)
      .sort()
      .at(-1) ?? null
  )
}

// At one event: first the address that is seen for the first time, then the keys, the oldest first.
const said = (
  byIp: ReadonlyMap<string, ReadonlyArray<Seen>>,
  announced: ReadonlyArray<ReadonlyArray<Announced>>,
): ReadonlyArray<Said> => {
  const observed = [...byIp].flatMap(([ip, [first]]) =>
    first === undefined ? [] : [{ index: first.index, said: observedOf(ip, first) }],
  )
  const detected = announced.flatMap((changes) =>
    changes.map((change) => ({ index: change.cause.index, said: detectedOf(change) })),
  )
  return [...observed, ...detected].sort((a, b) => a.index - b.index).map((one) => one.said)
}

const observedOf = (ip: string, { data, recorded }: Seen): Said => ({
  stream: `attacker-${ip}`,
  expectedRevision: null,
  eventId: factEventId("attacker.observed", ip),
  type: "attacker.observed",
  data: { observedAt: data.observedAt, attackerIp: ip, attackerUuid: mintedAttackerUuid(ip) },
  metadata: causedBy(recorded),
})

const detectedOf = ({ cause: { recorded }, detected }: Announced): Said => ({
  stream: `reuse-${detected.findingId}`,
  expectedRevision: detected.version - 2,
  eventId: factEventId(typeOf(detected), detected.findingId, String(detected.version)),
  type: typeOf(detected),
  data: detected,
  metadata: causedBy(recorded),
})

const typeOf = ({ change }: ReuseChange): string =>
  change === "closed" ? "credential.reuse.closed" : "credential.reuse.detected"

const causedBy = ({ id }: RecordedEvent) => ({
  schemaVersion,
  $causationId: id,
  $correlationId: id,
})
