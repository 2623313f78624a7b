import * as Result from "effect/Result"
import type { Capture } from "../../../domain/capture/capture.ts"
import { decodeEvent } from "../../../domain/event/codec.ts"
import type {
  DecodedEvent,
  DifferenceAccepted,
  PolicyChanged,
  RecordedEvent,
  ReuseDetected,
} from "../../../domain/event/events.ts"
import type { Fingerprint } from "../../../domain/session/fingerprint.ts"
import { addedText } from "./addedText.ts"
import { maskFields, maskSecretIn, secretText, shortSha256 } from "./secretText.ts"
import { jsonText, visible } from "./visible.ts"
import { countText, timeText } from "./wording.ts"

/**
 * An event as JSON on one line: everything the log holds. Unless secrets are to be revealed, those
 * of captures are masked, and of a capture that does not decode, whose secret might stand
 * anywhere, the data is not shown.
 */
export const eventJson = (event: RecordedEvent, reveal: boolean): string =>
  jsonText({
    position: event.position,
    stream: event.stream,
    revision: event.revision,
    id: event.id,
    type: event.type,
    recordedAt: new Date(event.recordedAt).toISOString(),
    data: dataShown(event, reveal),
    metadata: event.metadata,
  })

/**
 * An event on one line for people: position, time in UTC, type, and the facts that matter. Of types
 * that this version does not know, and of data that does not decode, the JSON.
 */
export const eventText = (event: RecordedEvent, reveal: boolean): string => {
  const decoded = decodedOf(event)
  const { at, facts } =
    decoded === undefined
      ? {
          at: new Date(event.recordedAt).toISOString(),
          facts: jsonText(dataShown(event, reveal) ?? null),
        }
      : factsOf(decoded, reveal)
  return visible(`${event.position}  ${timeText(at)}  ${event.type}  ${facts}`)
}

const decodedOf = (event: RecordedEvent): DecodedEvent | undefined => {
  const decoded = decodeEvent(event)
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

const dataShown = (event: RecordedEvent, reveal: boolean): unknown => {
  if (reveal || event.type !== "credential.captured") return event.data
  const decoded = decodedOf(event)
  if (decoded?.type !== "credential.captured") return { hidden: "does not decode" }
  const { fields, secret } = decoded.data
  return { ...maskSecretIn(decoded.data, false), fields: maskFields(fields, secret, false) }
}

interface Told {
  /** When it was, by the event itself. */
  readonly at: string
  readonly facts: string
}

const factsOf = ({ type, data }: DecodedEvent, reveal: boolean): Told => {
  switch (type) {
    case "credential.captured":
      return { at: data.observedAt, facts: captureText(data, reveal) }
    case "credential.reuse.detected":
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
  }
}

// The principal is quoted and the secret comes last, so that neither can pass for something else.
const captureText = (capture: Capture, reveal: boolean): string => {
  const { attackerIp, decky, service, outcome, principal, secret } = capture
  const who = principal === null ? "(none)" : jsonText(principal)
  const answer = outcome === null ? "" : ` (${outcome})`
  const where = `${decky} ${service}${answer}`
  return `${attackerIp ?? "(unknown)"} tried ${where} as ${who} with ${secretText(secret, reveal)}`
}

const reuseText = (change: ReuseDetected): string => {
  const { findingId, version, targetCount, attackerCount, attemptCount } = change
  const totals = [
    countText(targetCount, "target"),
    countText(attackerCount, "attacker"),
    countText(attemptCount, "attempt"),
  ].join(", ")
  const key = `${change.secretKind} ${shortSha256(change.secretSha256)} as ${jsonText(change.principal)}`
  return `finding ${findingId.slice(0, 8)} ${change.change} (version ${version}): ${addedText(change)}; now ${totals}; ${key}`
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
    `exclude-empty ${policy.excludeEmpty}`,
    `${countText(policy.excludedKinds.length, "kind")} and ${countText(policy.excludedSecrets.length, "secret")} excluded`,
  ].join(", ")
