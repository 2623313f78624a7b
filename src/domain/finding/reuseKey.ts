import type { Capture } from "../capture/capture.ts"

/**
 * What makes two captures the same credential wherever they were tried: the kind and digest of
 * the secret, and the principal, where absent equals empty. An absent secret has kind and digest
 * "".
 */
export interface ReuseKey {
  readonly secretKind: string
  readonly secretSha256: string
  readonly principal: string
}

export const reuseKeyOf = (capture: Capture): ReuseKey => ({
  secretKind: capture.secret?.kind ?? "",
  secretSha256: capture.secret?.sha256 ?? "",
  principal: capture.principal ?? "",
})

/** One text per reuse key: no two keys have the same. */
export const reuseKeyName = ({ secretKind, secretSha256, principal }: ReuseKey): string =>
  // A digest has a fixed length, or none, and the length of the kind says where the principal begins.
  `${secretSha256}${secretKind.length}:${secretKind}${principal}`
