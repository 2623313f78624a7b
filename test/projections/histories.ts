import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { findingId, mintedAttackerUuid } from "../../src/domain/event/ids.ts"
import { plaintext } from "../../src/domain/secret/secret.ts"
import { digestOf, secretOf } from "../support/sealing.ts"
import {
  type CaptureOptions,
  captured,
  identified,
  policyChanged,
  time,
  triaged,
} from "./captureEvents.ts"

// There is little to choose from, so that histories are full of collisions: equal keys on equal
// targets by equal attackers at equal times, out of order.
const ips = Array.from({ length: 12 }, (_, n) => `192.0.2.${n + 1}`)
const uuids = [1, 2, 3].map((n) => `0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be00${n}`)
const secrets: ReadonlyArray<Pick<CaptureOptions, "password" | "kind">> = [
  { password: "orchid" },
  { password: "orchid" },
  { password: "lichen" },
  { password: "" },
  { password: null },
  { password: "orchid", kind: "ntlm_hash" },
  { password: "orchid", kind: "mysql_native_password" },
]
const kinds = ["plaintext", "ntlm_hash", "mysql_native_password"]
const principals = ["root", null, "", "admin"]
const outcomes = [null, "failure", "success"] as const
const fields: ReadonlyArray<Readonly<Record<string, string>>> = [
  {},
  { client: "a" },
  { client: "b" },
]

const triages = [
  { type: "finding.acknowledged" },
  { type: "finding.acknowledged" },
  { type: "finding.muted", reason: "ours" },
  { type: "finding.muted", reason: "later", until: time("2031-01-03T00:00:04Z") },
  { type: "finding.unmuted" },
  { type: "finding.noted", note: "seen" },
  { type: "finding.labelled", label: "vendor-x" },
  { type: "finding.unlabelled", label: "vendor-x" },
] as const

const oneOf = (count: number) =>
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: count - 1 }))

/** One event to be: what it is, and which of the few names it has. */
const Step = Schema.Struct({
  event: oneOf(18),
  secret: oneOf(secrets.length),
  principal: oneOf(principals.length),
  decky: oneOf(3),
  service: oneOf(3),
  ip: oneOf(ips.length + 1),
  second: oneOf(6),
  outcome: oneOf(outcomes.length),
  fields: oneOf(fields.length),
  uuid: oneOf(uuids.length + 2),
  minTargets: oneOf(4),
  attackersAnnounced: oneOf(5),
  followed: oneOf(3),
  excludedKinds: oneOf(8),
  excludes: oneOf(4),
  triage: oneOf(triages.length),
})
export type Step = typeof Step.Type

/** What happens, from nothing to quite a lot. {@link eventsOf} makes events of it. */
export const histories: Arbitrary.Arbitrary<ReadonlyArray<Step>> = Arbitrary.array(
  Arbitrary.schema(Step),
  { maxLength: 120 },
)

/** How a history is cut into batches: their sizes, over and over. */
export const cuts: Arbitrary.Arbitrary<ReadonlyArray<number>> = Arbitrary.array(
  Arbitrary.map(Arbitrary.schema(oneOf(9)), (n) => n + 1),
  { minLength: 1, maxLength: 6 },
)

/** The events of a history, each with its place in the log. */
export const eventsOf = (steps: ReadonlyArray<Step>): ReadonlyArray<DecodedEvent> =>
  steps.map(eventOf)

/** A history cut into batches. */
export const batchesOf = <Event>(
  events: ReadonlyArray<Event>,
  sizes: ReadonlyArray<number>,
): ReadonlyArray<ReadonlyArray<Event>> => {
  const batches: Array<ReadonlyArray<Event>> = []
  let start = 0
  while (start < events.length) {
    const size = sizes[batches.length % sizes.length] ?? 1
    batches.push(events.slice(start, start + size))
    start += size
  }
  return batches
}

const eventOf = (step: Step): DecodedEvent => {
  const at = `2031-01-03T00:00:0${step.second}Z`
  if (step.event < 13) return captureOf(step, at)
  if (step.event < 15) {
    const ip = ips[step.ip % ips.length] ?? ""
    const minted = [ip, ips[0] ?? ""].map(mintedAttackerUuid)
    return identified({ ip, uuid: [...uuids, ...minted][step.uuid] ?? "", at })
  }
  if (step.event > 15) return triageOf(step, at)
  return policyChanged(
    {
      minTargets: 2 + step.minTargets,
      attackersAnnounced: 1 + step.attackersAnnounced,
      followedFromBits: [0, 16, 65][step.followed] ?? 0,
      excludeEmpty: step.excludes % 2 === 0,
      excludedKinds: kinds.filter((_, n) => (step.excludedKinds >> n) % 2 === 1),
      excludedSecrets: step.excludes < 2 ? [] : [digestOf("lichen")],
    },
    at,
  )
}

const triageOf = (step: Step, at: string): DecodedEvent => {
  const { password = null, kind = plaintext } = secrets[step.secret] ?? {}
  const principal = principals[step.principal] ?? null
  const secretDigest =
    password === null ? "" : secretOf(kind, Buffer.from(password as string)).digest
  const findingIdOf = findingId({
    secretKind: password === null ? "" : kind,
    secretDigest,
    principal: principal ?? "",
  })
  return triaged({ ...(triages[step.triage] ?? triages[0]), findingId: findingIdOf }, at)
}

const captureOf = (step: Step, at: string): DecodedEvent =>
  captured({
    ...secrets[step.secret],
    principal: principals[step.principal] ?? null,
    decky: `decky-0${step.decky}`,
    service: ["ssh", "ftp", "unknown"][step.service] ?? "",
    ip: ips[step.ip] ?? null,
    at,
    outcome: outcomes[step.outcome] ?? null,
    fields: fields[step.fields] ?? {},
  })
