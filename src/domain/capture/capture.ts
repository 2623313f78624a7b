import * as Schema from "effect/Schema"
import { boundedText } from "../event/bounded.ts"
import { Timestamp } from "../event/timestamp.ts"
import { Secret } from "../secret/secret.ts"

// Halves of surrogate pairs cannot be stored as they are, and equal and unequal texts would change
// places. `boundedCapture` writes none; an event that has them is broken.
const isWellFormed = Schema.makeFilter(
  (text: string) => text.isWellFormed() || "expected text without halves of surrogate pairs",
)
const Text = Schema.String.check(isWellFormed)
const Name = Text.check(Schema.isMinLength(1), Schema.isMaxLength(256))

/** What the sensor answered: let in, refused, or merely seen. */
export const Outcome = Schema.Literals(["success", "failure", "observed"])
export type Outcome = typeof Outcome.Type

/**
 * One credential attempt seen by a decoy service: the data of `credential.captured`.
 *
 * `null` is "the log does not say"; for matching, a `null` principal equals the empty one.
 * `sequence` tells equal attempts in the same instant apart, where a log's clock is coarse.
 */
export const Capture = Schema.Struct({
  observedAt: Timestamp,
  decky: Name,
  service: Name,
  attackerIp: Schema.NullOr(Text),
  sessionId: Schema.NullOr(Schema.String),
  principal: Schema.NullOr(Text),
  secret: Schema.NullOr(Secret),
  outcome: Schema.NullOr(Outcome),
  sequence: Schema.optionalKey(Schema.Int),
  fields: Schema.Record(Schema.String, Schema.String),
})
export type Capture = typeof Capture.Type

const principalLimit = 1024
const nameLimit = 256
const fieldLimit = 1024
const fieldCount = 32

/**
 * The capture with everything that an attacker or a broken sensor can make long cut to a bound,
 * distinct values staying distinct: this is what keeps an event bounded in size.
 */
export const boundedCapture = (capture: Capture): Capture => ({
  ...capture,
  decky: boundedText(capture.decky, nameLimit),
  service: boundedText(capture.service, nameLimit),
  sessionId: capture.sessionId === null ? null : boundedText(capture.sessionId, nameLimit),
  principal: capture.principal === null ? null : boundedText(capture.principal, principalLimit),
  fields: boundedFields(capture.fields),
})

const boundedFields = (fields: Readonly<Record<string, string>>): Record<string, string> => {
  const bounded: Record<string, string> = {}
  for (const name of Object.keys(fields).slice(0, fieldCount)) {
    bounded[name.slice(0, 64)] = boundedText(fields[name] ?? "", fieldLimit)
  }
  return bounded
}
