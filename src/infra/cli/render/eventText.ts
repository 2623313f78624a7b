import * as Result from "effect/Result"
import type { Capture } from "../../../domain/capture/capture.ts"
import { decodeEvent } from "../../../domain/event/codec.ts"
import type {
  DecodedEvent,
  DifferenceAccepted,
  PolicyChanged,
  RecordedEvent,
  ReuseChange,
  SecretErased,
  SecretRevealed,
} from "../../../domain/event/events.ts"
import type { FindingAcknowledged } from "../../../domain/finding/triage.ts"
import type { Fingerprint } from "../../../domain/session/fingerprint.ts"
import type { RevealedBytes } from "../../app/revealSecrets.ts"
import { addedText } from "./addedText.ts"
import { closingText } from "./closingText.ts"
import { secretText, shortDigest } from "./secretText.ts"
import { jsonText, visible } from "./visible.ts"
import { countText, timeText } from "./wording.ts"

/** An event as JSON on one line: everything the log holds. */
export const eventJson = (event: RecordedEvent): string =>
  jsonText({
    position: event.position,
    stream: event.stream,
    revision: event.revision,
    id: event.id,
    type: event.type,
    recordedAt: new Date(event.recordedAt).toISOString(),
    data: dataShown(event),
    metadata: event.metadata,
  })

/**
 * An event on one line for people: position, time in UTC, type, and the facts that matter. Of types
 * that this version does not know, and of data that does not decode, the JSON.
 */
export const eventText = (event: RecordedEvent): string => {
  const decoded = decodedOf(event)
  const { at, facts } =
    decoded === undefined
      ? {
          at: new Date(event.recordedAt).toISOString(),
          facts: jsonText(dataShown(event) ?? null),
        }
      : factsOf(decoded, event.data)
  return visible(`${event.position}  ${timeText(at)}  ${event.type}  ${facts}`)
}

const decodedOf = (event: RecordedEvent): DecodedEvent | undefined => {
  const decoded = decodeEvent(event)
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

// A capture that does not decode is not one of ours, and a secret might stand anywhere in it.
const dataShown = (event: RecordedEvent): unknown =>
  event.type === "credential.captured" && decodedOf(event) === undefined
    ? { hidden: "does not decode" }
    : event.data

interface Told {
  /** When it was, by the event itself. */
  readonly at: string
  readonly facts: string
}

const factsOf = ({ type, data }: DecodedEvent, shown: unknown): Told => {
  switch (type) {
    case "credential.captured":
      return { at: data.observedAt, facts: captureText(data, revealedIn(shown)) }
    case "credential.reuse.detected":
    case "credential.reuse.closed":
      return { at: data.observedAt, facts: reuseText(data) }
    case "attacker.observed":
      return { at: data.observedAt, facts: `${data.attackerIp} is new, ${data.attackerUuid}` }
    case "attacker.identified":
      return { at: data.identifiedAt, facts: `${data.attackerIp} is ${data.attackerUuid}` }
    case "reuse.policy.changed":
      return { at: data.changedAt, facts: policyChangeText(data) }
    case "attacker.fingerprinted":
      return { at: data.observedAt, facts: fingerprintText(data) }
    case "readmodel.difference.accepted":
      return { at: data.acceptedAt, facts: acceptedText(data) }
    case "keys.bound":
      return { at: data.boundAt, facts: `digests are made by index key ${data.indexKeyId}` }
    case "secret.revealed":
      return { at: data.revealedAt, facts: `${secretsText(data)} revealed by ${doneBy(data)}` }
    case "secret.erased":
      return { at: data.erasedAt, facts: `${secretsText(data)} erased by ${doneBy(data)}` }
    case "keeping.ended":
      return {
        at: data.endedAt,
        facts: `no ${data.kept} are kept any more, said by ${doneBy(data)}`,
      }
    case "finding.acknowledged":
      return triageTold(data, "acknowledged")
    case "finding.muted": {
      const until = data.until === undefined ? "" : ` until ${timeText(data.until)}`
      return triageTold(data, `muted${until}`, data.reason)
    }
    case "finding.unmuted":
      return triageTold(data, "unmuted")
    case "finding.noted":
      return triageTold(data, "noted", data.note)
    case "finding.labelled":
      return triageTold(data, "labelled", data.label)
    case "finding.unlabelled":
      return triageTold(data, "no longer labelled", data.label)
  }
}

const triageTold = (
  { findingId, decidedAt, by }: FindingAcknowledged,
  what: string,
  text?: string,
): Told => ({
  at: decidedAt,
  facts: `finding ${findingId.slice(0, 8)} ${what} by ${jsonText(by)}${text === undefined ? "" : `: ${jsonText(text)}`}`,
})

// The principal is quoted and the secret comes last, so that neither can pass for something else.
const captureText = (capture: Capture, revealed: RevealedBytes): string => {
  const { attackerIp, decky, service, outcome, principal, secret } = capture
  const who = principal === null ? "(none)" : jsonText(principal)
  const answer = outcome === null ? "" : ` (${outcome})`
  const where = `${decky} ${service}${answer}`
  return `${attackerIp ?? "(unknown)"} tried ${where} as ${who} with ${secretText(secret === null ? null : { ...secret, ...revealed })}`
}

// Decoding leaves out what no event says: the bytes of a secret that was revealed.
const revealedIn = (shown: unknown): RevealedBytes =>
  (shown as { readonly secret?: RevealedBytes | null }).secret ?? {} // a capture has decoded

const reuseText = (change: ReuseChange): string => {
  const { findingId, version, targetCount, attackerCount, attemptCount } = change
  const totals = [
    countText(targetCount, "target"),
    countText(attackerCount, "attacker"),
    countText(attemptCount, "attempt"),
  ].join(", ")
  const key = `${change.secretKind} ${shortDigest(change.secretDigest)} as ${jsonText(change.principal)}`
  return `finding ${findingId.slice(0, 8)} ${change.change} (version ${version}): ${change.change === "closed" ? closingText(change.reason) : addedText(change)}; now ${totals}; ${key}`
}

const fingerprintText = (fingerprint: Fingerprint): string => {
  const { attackerIp, decky, service, sessionId, kind, extractorVersion } = fingerprint
  const session = `session ${jsonText(sessionId)} of ${attackerIp ?? "(unknown)"}`
  return `${session} on ${decky} ${service}: ${kind} ${fingerprint.dimension} (version ${extractorVersion})`
}

const acceptedText = ({ acceptedBy, generation, tables, reason }: DifferenceAccepted): string => {
  const differing = tables.map(({ table }) => table).join(", ")
  return `${jsonText(acceptedBy)} lets generation ${generation} take over, which differs in ${differing}: ${jsonText(reason)}`
}

const policyChangeText = ({ policy }: PolicyChanged): string =>
  [
    `min-targets ${policy.minTargets}`,
    `attackers-announced ${policy.attackersAnnounced}`,
    `followed-from ${policy.followedFromBits} bits`,
    `exclude-empty ${policy.excludeEmpty}`,
    `${countText(policy.excludedKinds.length, "kind")} and ${countText(policy.excludedSecrets.length, "secret")} excluded`,
  ].join(", ")

const secretsText = ({ digestCount }: SecretRevealed | SecretErased): string =>
  countText(digestCount, "secret")

const doneBy = ({
  by,
  command,
  reason,
}: Pick<SecretRevealed, "by" | "command" | "reason">): string =>
  `${jsonText(by)} with ${jsonText(command)}${reason === undefined ? "" : `: ${jsonText(reason)}`}`
