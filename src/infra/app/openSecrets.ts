import * as Effect from "effect/Effect"
import { withoutMailbox } from "../../domain/secret/mailAddress.ts"
import {
  digestOfSha256,
  type SecretDigest,
  secretDigest,
} from "../../domain/secret/secretDigest.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { recordReveal } from "../secrets/auditTrail.ts"
import { SecretKeys, type SecretKeysUnavailable } from "../secrets/SecretKeys.ts"
import { type NotOpened, SecretVault, type SecretVaultUnavailable } from "../secrets/SecretVault.ts"
import type { OpenedSecret } from "../secrets/sealedPayload.ts"
import type { AskedSecret, OpenedSecrets, RevealRequest } from "./SecretAccess.ts"

/** The digests that a secret has under each kind. */
export const digestsOf = (
  kinds: ReadonlyArray<string>,
  asked: AskedSecret,
): Effect.Effect<ReadonlyArray<SecretDigest>, SecretKeysUnavailable, SecretKeys> =>
  Effect.gen(function* () {
    const { read } = yield* SecretKeys
    const { index } = yield* read
    return kinds.map((kind) =>
      "sha256" in asked
        ? digestOfSha256(index, kind, Buffer.from(asked.sha256, "hex"))
        : secretDigest(index, kind, Buffer.from(asked.password, "utf8")),
    )
  })

/** The principal that stands for a mail address when addresses are not stored. */
export const keyedAddress = (
  address: string,
): Effect.Effect<string, SecretKeysUnavailable, SecretKeys> =>
  Effect.gen(function* () {
    const { read } = yield* SecretKeys
    return withoutMailbox((yield* read).index, address)
  })

/** Opens secrets, once an event in the log says who does; nothing is opened where it cannot. */
export const openSecrets = Effect.fnUntraced(function* (
  digests: ReadonlyArray<SecretDigest>,
  request: RevealRequest,
): Effect.fn.Return<
  OpenedSecrets,
  EventLogUnavailable | SecretVaultUnavailable,
  EventLog | SecretVault
> {
  const opened = new Map<string, OpenedSecret | NotOpened>()
  if (digests.length === 0) return opened
  yield* recordReveal(digests, request)
  const vault = yield* SecretVault
  for (const digest of digests) {
    const found = yield* vault.open(digest)
    if (found === "damaged") yield* Effect.logWarning(damagedText(digest))
    opened.set(digest, found)
  }
  return opened
})

const damagedText = (digest: SecretDigest): string =>
  `the sealed bytes of secret ${digest} are damaged, and no other secret is; restore secrets.sqlite from a backup`

/** Opens sealed lines in the same way; one that does not open is `undefined`. */
export const openLines = Effect.fnUntraced(function* (
  sealed: ReadonlyArray<Uint8Array>,
  request: RevealRequest,
): Effect.fn.Return<
  ReadonlyArray<Uint8Array | undefined>,
  EventLogUnavailable,
  EventLog | SecretVault
> {
  if (sealed.length === 0) return []
  yield* recordReveal([], request)
  const vault = yield* SecretVault
  return sealed.map((line) => {
    const opened = vault.openLine(line)
    return typeof opened === "string" ? undefined : opened
  })
})
