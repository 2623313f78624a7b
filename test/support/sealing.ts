import { keyedSecret } from "../../src/domain/secret/keyedSecret.ts"
import {
  plaintext,
  type Secret,
  type TriedSecret,
  triedSecret,
} from "../../src/domain/secret/secret.ts"
import { type SecretDigest, secretDigest } from "../../src/domain/secret/secretDigest.ts"
import type { Keys } from "../../src/infra/secrets/SecretKeys.ts"

const testKey = { id: "0707070707070707", key: Buffer.alloc(32, 7) }

/** Keys that are the same in all tests. */
export const testKeys: Keys = {
  index: testKey.key,
  indexId: testKey.id,
  current: testKey,
  keyOf: (id) => (id === testKey.id ? testKey.key : undefined),
}

/** A secret as events say it. */
export const secretOf = (
  kind: string,
  bytes: Uint8Array,
  principal: string | null = null,
): Secret => sealed(triedSecret(kind, bytes), principal)

/** The same of a secret that was tried. */
export const sealed = (tried: TriedSecret, principal: string | null = null): Secret => {
  const secret = keyedSecret(testKeys.index, tried, principal)
  texts.set(secret.digest, Buffer.from(tried.bytes).toString("utf8"))
  return secret
}

/** What an ingest needs of a vault. */
export const sealing = {
  seal: sealed,
  digestOf: (password: string) => digestOf(password),
  principalOf: (principal: string) => principal,
}

const texts = new Map<string, string>()

/** What a secret that a test has sealed was. */
export const textOf = (secret: { readonly digest: string } | null): string | undefined =>
  secret === null ? undefined : texts.get(secret.digest)

/** A draft as an adapter makes it, with its secret as events say it. */
export const sealedDraft = <
  Draft extends { readonly secret: TriedSecret | null; readonly principal: string | null },
>(
  draft: Draft,
): Omit<Draft, "secret"> & { readonly secret: Secret | null } => ({
  ...draft,
  secret: draft.secret === null ? null : sealed(draft.secret, draft.principal),
})

/** The digest of a password. */
export const digestOf = (password: string): SecretDigest =>
  secretDigest(testKeys.index, plaintext, Buffer.from(password))
