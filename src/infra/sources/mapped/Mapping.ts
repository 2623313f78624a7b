import * as Schema from "effect/Schema"
import { Outcome } from "../../../domain/capture/capture.ts"

/** The path of a value in a record: field names separated by dots. */
const Path = Schema.String.check(Schema.isMinLength(1))

const Constant = Schema.Struct({ constant: Schema.String.check(Schema.isMinLength(1)) })

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
export type Scalar = typeof Scalar.Type

const Values = Schema.Union([Scalar, Schema.Array(Scalar)])

/**
 * Maps the fields of an unsupported honeypot's JSON records.
 *
 * - `name`: the name of the format.
 * - `attempts`: the field values that make a record an attempt.
 * - `outcome`: a constant, or the values of a field that mean success and failure.
 * - `fields`: further fields to keep, by their new name.
 */
export const Mapping = Schema.Struct({
  name: Schema.String.check(
    Schema.isPattern(/^[a-z][a-z0-9-]{0,31}$/u, {
      message: "small letters, digits and hyphens, at most 32 of them",
    }),
  ),
  attempts: Schema.optionalKey(Schema.Record(Path, Values)),
  time: Path,
  address: Schema.optionalKey(Path),
  service: Schema.optionalKey(Schema.Union([Path, Constant])),
  principal: Schema.optionalKey(Path),
  secret: Schema.optionalKey(Path),
  kind: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[a-z0-9_]{1,32}$/u))),
  outcome: Schema.optionalKey(
    Schema.Union([
      Outcome,
      Schema.Struct({
        field: Path,
        success: Schema.optionalKey(Values),
        failure: Schema.optionalKey(Values),
      }),
    ]),
  ),
  session: Schema.optionalKey(Path),
  decky: Schema.optionalKey(Path),
  fields: Schema.optionalKey(Schema.Record(Schema.String, Path)),
}).check(
  Schema.makeFilter(
    ({ principal, secret }) =>
      principal !== undefined ||
      secret !== undefined ||
      "expected principal or secret: an attempt has one of them",
  ),
)
export type Mapping = typeof Mapping.Type

/** Parses a mapping. Throws an error that names the invalid key. */
export const parseMapping = (text: string): Mapping =>
  Schema.decodeUnknownSync(Schema.fromJsonString(Mapping), { onExcessProperty: "error" })(text)
