import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { vectorId } from "../../../src/domain/event/ids.ts"
import { Fingerprint, fingerprintEventId } from "../../../src/domain/session/fingerprint.ts"
import { vectorText } from "../../../src/domain/session/vectorText.ts"

const fingerprint = {
  observedAt: "2031-01-03T04:05:06.000007Z",
  decky: "decky-01",
  service: "ssh",
  attackerIp: null,
  sessionId: "5e55104a",
  vectorId: vectorId("decky-01", "5e55104a"),
  kind: "ssh_kex",
  extractorVersion: 1,
  metric: "cosine",
  dimension: 2,
  vector: vectorText(new Float32Array([1, 0])),
  madeFrom: {},
}
const isFingerprint = Schema.is(Fingerprint)

describe("a fingerprint", () => {
  it("has as many numbers as it has dimensions, all of them finite", () => {
    expect(isFingerprint(fingerprint)).toBe(true)
    expect(isFingerprint({ ...fingerprint, dimension: 3 })).toBe(false)
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const vector = vectorText(new Float32Array([number, 0]))
      expect(isFingerprint({ ...fingerprint, vector })).toBe(false)
    }
    expect(isFingerprint({ ...fingerprint, vector: "not base64" })).toBe(false)
  })

  it.each(["", "Ssh", "ssh kex", "ssh;kex", "1st"])("has no kind named '%s'", (kind) => {
    expect(isFingerprint({ ...fingerprint, kind })).toBe(false)
  })

  it("is the same fact for the same session, kind and version, and no other", () => {
    const { vectorId: id, kind, extractorVersion } = fingerprint
    const eventId = fingerprintEventId({ vectorId: id, kind, extractorVersion })
    expect(
      fingerprintEventId({ ...fingerprint, decky: "told elsewhere" } as typeof fingerprint),
    ).toBe(eventId) // whatever else it says
    for (const other of [
      { ...fingerprint, kind: "cmd_ngram" },
      { ...fingerprint, extractorVersion: 2 },
      { ...fingerprint, vectorId: vectorId("decky-02", "5e55104a") },
    ]) {
      expect(fingerprintEventId(other)).not.toBe(eventId)
    }
  })
})
