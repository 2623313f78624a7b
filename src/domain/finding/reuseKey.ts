import type { Capture } from "../capture/capture.ts"

/**
 * What makes two captures the same credential wherever they were tried: the kind and digest of
 * the secret, and the principal, where absent equals empty. An absent secret has kind and digest
 * "".
 */
export interface ReuseKey {
  readonly secretKind: string
  readonly secretDigest: string
  readonly principal: string
}

export const reuseKeyOf = (capture: Capture): ReuseKey => ({
  secretKind: capture.secret?.kind ?? "",
  secretDigest: capture.secret?.digest ?? "",
  principal: capture.principal ?? "",
})

/** One text per reuse key: no two keys have the same. */
export const reuseKeyName = ({ secretKind, secretDigest, principal }: ReuseKey): string =>
  // A digest has a fixed length, or none, and the length of the kind says where the principal begins.
  `${secretDigest}${secretKind.length}:${secretKind}${principal}`
