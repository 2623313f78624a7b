import type { NewEvent } from "../../../src/domain/event/events.ts"
import { vectorId } from "../../../src/domain/event/ids.ts"
import type { Timestamp } from "../../../src/domain/event/timestamp.ts"
import { type Fingerprint, fingerprintEventId } from "../../../src/domain/session/fingerprint.ts"
import { vectorText } from "../../../src/domain/session/vectorText.ts"

/** A fingerprint of a session of host "d1", of kind "cmd_ngram" unless said otherwise. */
export const fingerprinted = (
  sessionId: string,
  vector: ReadonlyArray<number>,
  more: Partial<Fingerprint> = {},
): NewEvent => {
  const data: Fingerprint = {
    observedAt: "2026-03-01T10:00:00.000000Z" as Timestamp, // in the form of one
    decky: "d1",
    service: "ssh",
    attackerIp: "198.51.100.7",
    sessionId,
    vectorId: vectorId("d1", sessionId),
    kind: "cmd_ngram",
    extractorVersion: 1,
    metric: "l2",
    dimension: vector.length,
    vector: vectorText(Float32Array.from(vector)),
    madeFrom: {},
    ...more,
  }
  return {
    type: "attacker.fingerprinted",
    id: fingerprintEventId(data),
    data,
    metadata: { schemaVersion: 1 },
  }
}
