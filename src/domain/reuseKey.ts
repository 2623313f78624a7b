import type { Capture } from "./capture.ts"

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
  // A digest has a fixed length, and no kind holds a zero byte before the principal's own.
  `${secretSha256}${secretKind}\0${principal}`
