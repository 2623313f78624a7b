import { serviceName } from "../../../domain/capture/service.ts"
import type { ZoneCorrection } from "../../../domain/event/timestamp.ts"
import { plaintext, type TriedSecret, triedSecret } from "../../../domain/secret/secret.ts"
import { loggedAddress, loggedTime, noTime } from "../loggedValue.ts"
import type { CaptureDraft, RejectReason } from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"

/** One login attempt as Heralding logs it, in whichever of its files. */
export interface HeraldingAttempt {
  readonly timestamp: unknown
  readonly sessionId: string
  readonly sourceIp: unknown
  readonly protocol: string
  readonly username: string | null
  readonly password: string | null
  readonly fields: Record<string, string>
}

/**
 * The capture that an attempt in one of Heralding's files is. The CSV of attempts and the JSON of
 * sessions tell of the same attempts, and both must lead to the same event, but CSV writes an
 * absent value as an empty one. So the two count as the same here: what they mean follows from the
 * protocol, which both files name, and from nothing that only one of them has.
 *
 * - Where Heralding may be shown a response to a challenge instead of a password (VNC, and SMTP
 *   with CRAM-MD5), it logs no password then: no password is an absent secret (`null`).
 * - Everywhere else it waits for a password, and no password is the empty one.
 * - For MySQL what it logs as the password is the client's response to the challenge, in
 *   hexadecimal: a secret of the kind `mysql_native_password`, whose bytes are the response.
 *
 * Heralding lets nobody in. The address it was reached at changes under the same host (cloud
 * addresses, containers), so it names no sensor.
 */
export const heraldingAttempt = (
  record: SourceRecord,
  attempt: HeraldingAttempt,
  zone: ZoneCorrection,
): CaptureDraft | RejectReason => {
  const service = serviceName(attempt.protocol)
  if (service === "" || attempt.sessionId === "") return "missing-field"
  const observedAt = loggedTime(attempt.timestamp, zone)
  if (observedAt === undefined) return noTime(attempt.timestamp)
  return {
    observedAt,
    sensor: null,
    service,
    attackerIp: loggedAddress(attempt.sourceIp),
    sessionId: attempt.sessionId,
    principal: attempt.username === null ? null : record.textOf(attempt.username),
    secret: secretOf(record, service, attempt.password ?? ""),
    outcome: "failure",
    fields: attempt.fields,
  }
}

const mayBeChallenged: ReadonlySet<string> = new Set(["vnc", "smtp", "smtps"])

const secretOf = (record: SourceRecord, service: string, password: string): TriedSecret | null => {
  if (password === "") {
    return mayBeChallenged.has(service) ? null : triedSecret(plaintext, new Uint8Array())
  }
  return service === "mysql" && hexadecimal.test(password)
    ? triedSecret("mysql_native_password", Buffer.from(password, "hex"))
    : triedSecret(plaintext, record.bytesOf(password))
}

const hexadecimal = /^(?:[0-9a-f]{2})+$/i
