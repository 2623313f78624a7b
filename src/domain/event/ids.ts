import * as Schema from "effect/Schema"
import type { Capture } from "../capture/capture.ts"
import type { ReuseKey } from "../finding/reuseKey.ts"
import { isUuid, uuidBytes, uuidV5 } from "./uuid.ts"

const Uuid = Schema.String.check(
  Schema.makeFilter((text: string) => isUuid(text) || "expected a UUID"),
)

/** The id of an event in the log: a UUIDv5 of what the event says. */
export const EventId = Uuid.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

/** The id of a finding: the UUIDv5 of its reuse key. */
export const FindingId = Uuid.pipe(Schema.brand("FindingId"))
export type FindingId = typeof FindingId.Type

/** The id of an attacker: minted from the address, or said by somebody outside. */
export const AttackerUuid = Uuid.pipe(Schema.brand("AttackerUuid"))
export type AttackerUuid = typeof AttackerUuid.Type

/** The id of a session's vectors, the same in every kind: a UUIDv5 of the host and its session. */
export const VectorId = Uuid.pipe(Schema.brand("VectorId"))
export type VectorId = typeof VectorId.Type

const root = uuidBytes("6ba7b812-9dad-11d1-80b4-00c04fd430c8") // the OID namespace of RFC 9562
const namespace = (name: string): Uint8Array => uuidBytes(uuidV5(root, `credtrail.${name}`))
const captures = namespace("capture")
const findings = namespace("finding")
const attackers = namespace("attacker")
const events = namespace("event")
const vectors = namespace("vector")

// Every id is built from parts joined by a byte that none of them can forge: each part is
// preceded by its length.
const joined = (parts: ReadonlyArray<string>): string => {
  let text = ""
  for (const part of parts) text += `${part.length}:${part}`
  return text
}

/**
 * The id of a `credential.captured` event. Two log lines have the same id when they tell of the
 * same attempt. Within a session the service is left out: some logs name it only on another line,
 * which may be missing, and the attempt is the same either way.
 */
export const captureEventId = (capture: Capture): EventId =>
  uuidV5(
    captures,
    joined([
      capture.decky,
      capture.sessionId ?? "",
      capture.sessionId === null ? capture.service : "",
      capture.observedAt,
      capture.attackerIp ?? "",
      capture.principal ?? "",
      capture.secret?.kind ?? "",
      capture.secret?.digest ?? "",
      String(capture.sequence ?? 0),
    ]),
  ) as EventId // a UUIDv5 is a UUID

/** The id of the finding that the captures with this reuse key make up. */
export const findingId = (key: ReuseKey): FindingId =>
  uuidV5(findings, joined([key.secretKind, key.secretDigest, key.principal])) as FindingId // as above

/** The UUID minted for an address when it is first seen. */
export const mintedAttackerUuid = (ip: string): AttackerUuid =>
  uuidV5(attackers, ip) as AttackerUuid // as above

/** The id under which the vectors of a session are kept. Hosts may use the same session ids. */
export const vectorId = (decky: string, sessionId: string): VectorId =>
  uuidV5(vectors, joined([decky, sessionId])) as VectorId // as above

/** The id of any other event: of its type and the parts that make it the fact it is. */
export const factEventId = (type: string, ...parts: ReadonlyArray<string>): EventId =>
  uuidV5(events, joined([type, ...parts])) as EventId // as above
