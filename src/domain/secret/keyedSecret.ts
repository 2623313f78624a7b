import { ratingOf } from "./passwordRating.ts"
import { lengthClass, type Secret, type TriedSecret } from "./secret.ts"
import { digestOfSha256, secretDigest } from "./secretDigest.ts"

/**
 * What events say of a secret that was tried with a principal, under this index key: everything
 * that takes its bytes, since they are sealed from here on.
 */
export const keyedSecret = (
  indexKey: Uint8Array,
  { kind, bytes, sha256 }: TriedSecret,
  principal: string | null,
): Secret => {
  const digest =
    sha256 === undefined
      ? secretDigest(indexKey, kind, bytes)
      : digestOfSha256(indexKey, kind, sha256)
  const rating = ratingOf(principal, kind, bytes)
  return {
    kind,
    digest,
    lengthClass: lengthClass(sha256?.length ?? bytes.length),
    ...(rating === undefined ? {} : { rating }),
  }
}
