import { ratingOf } from "./passwordRating.ts"
import type { Rating } from "./rating.ts"
import { lengthClass, type Secret, type TriedSecret } from "./secret.ts"
import { digestOfSha256, type SecretDigest, secretDigest } from "./secretDigest.ts"

/**
 * What events say of a secret that was tried with a principal, under this index key: everything
 * that takes its bytes, since they are sealed from here on.
 */
export const keyedSecret = (
  indexKey: Uint8Array,
  { kind, bytes, sha256 }: TriedSecret,
  principal: string | null,
  rate: Rate = ratingOf,
): Secret => {
  const digest =
    sha256 === undefined
      ? secretDigest(indexKey, kind, bytes)
      : digestOfSha256(indexKey, kind, sha256)
  const rating = rate(principal, kind, bytes, digest)
  return {
    kind,
    digest,
    lengthClass: lengthClass(sha256?.length ?? bytes.length),
    ...(rating === undefined ? {} : { rating }),
  }
}

/** Rates a secret of which the digest is known too, so that what was rated once can be looked up. */
export type Rate = (
  principal: string | null,
  kind: string,
  bytes: Uint8Array,
  digest: SecretDigest,
) => Rating | undefined
