import * as Schema from "effect/Schema"
import { type EventId, factEventId, VectorId } from "../event/ids.ts"
import { Timestamp } from "../event/timestamp.ts"
import { vectorFromText } from "./vectorText.ts"

/** How far apart two vectors of a kind are: Euclidean, or one minus the cosine of their angle. */
export const Metric = Schema.Literals(["l2", "cosine"])
export type Metric = typeof Metric.Type

/** The most dimensions a vector has. */
const mostDimensions = 1024

const isWellFormed = Schema.makeFilter(
  (text: string) => text.isWellFormed() || "expected text without halves of surrogate pairs",
)
const Name = Schema.String.check(isWellFormed, Schema.isMinLength(1), Schema.isMaxLength(256))
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * A behavioural vector of one session: the data of `attacker.fingerprinted`. Vectors are compared
 * within one `kind` and one `extractorVersion` only.
 *
 * - `observedAt` is when the session began, as far as the log has it.
 * - `vectorId` follows from the host and its session, and is the same for every kind.
 * - `vector` holds `dimension` finite numbers, as `vectorText` writes them.
 * - `madeFrom` is what the vector was made from, by name, bounded, without the secrets that it can
 *   recognise: a password that is typed where no rule looks for one stays.
 */
export const Fingerprint = Schema.Struct({
  observedAt: Timestamp,
  decky: Name,
  service: Name,
  attackerIp: Schema.NullOr(Schema.String.check(isWellFormed, Schema.isMaxLength(256))),
  sessionId: Name,
  vectorId: VectorId,
  kind: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]{0,31}$/)),
  extractorVersion: Positive,
  metric: Metric,
  dimension: Positive.check(Schema.isLessThanOrEqualTo(mostDimensions)),
  vector: Schema.String,
  madeFrom: Schema.Record(
    Schema.String,
    Schema.Array(Schema.Union([Schema.String.check(isWellFormed), Schema.Finite])),
  ),
}).check(
  Schema.makeFilter(
    ({ dimension, vector }) =>
      isVector(vector, dimension) || `expected ${dimension} finite floats, in base64`,
  ),
)
export type Fingerprint = typeof Fingerprint.Type

const isVector = (text: string, dimension: number): boolean => {
  const vector = vectorFromText(text)
  return vector?.length === dimension && vector.every(Number.isFinite)
}

/** A session is fingerprinted once by each version of an extractor: the first word stands. */
export const fingerprintEventId = (
  fingerprint: Pick<Fingerprint, "vectorId" | "kind" | "extractorVersion">,
): EventId =>
  factEventId(
    "attacker.fingerprinted",
    fingerprint.vectorId,
    fingerprint.kind,
    String(fingerprint.extractorVersion),
  )
