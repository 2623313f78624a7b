import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Capture } from "../capture/capture.ts"
import type { RecordedEvent } from "../event/events.ts"
import { upcast } from "../event/upcast.ts"
import { Secret } from "../secret/secret.ts"
import type { ReuseKey } from "./reuseKey.ts"

/** What of a capture says which reuse key it belongs to, each part with the checks of its schema. */
const KeyParts = Schema.Struct({
  principal: Capture.fields.principal,
  secret: Schema.NullOr(Schema.Struct({ kind: Secret.fields.kind, digest: Secret.fields.digest })),
})

const decode = Schema.decodeUnknownOption(KeyParts)

/**
 * The reuse key of an event that does not decode as a whole: there is one where it is a capture
 * whose secret and principal can be read. Any other event, and a capture in which one of them is
 * missing or broken, may concern every key: `undefined`.
 */
export const readableKey = ({ type, data, metadata }: RecordedEvent): ReuseKey | undefined => {
  if (type !== "credential.captured") return undefined
  const parts = Option.getOrUndefined(decode(upcast(type, data, metadata)))
  if (parts === undefined) return undefined
  return {
    secretKind: parts.secret?.kind ?? "",
    secretDigest: parts.secret?.digest ?? "",
    principal: parts.principal ?? "",
  }
}
