import { hash } from "node:crypto"
import * as Schema from "effect/Schema"

/** The SHA-256 of some bytes: 64 lower-case hexadecimal digits. */
export const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u)).pipe(
  Schema.brand("Sha256"),
)
export type Sha256 = typeof Sha256.Type

/** The SHA-256 of the bytes given. */
export const sha256Hex = (bytes: Uint8Array): Sha256 => hash("sha256", bytes, "hex") as Sha256 // what `hash` gives is 64 hex digits
