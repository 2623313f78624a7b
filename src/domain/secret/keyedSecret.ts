import { canonicalForm, canonicalModel } from "./canonicalForm.ts"
import { ratingOf } from "./passwordRating.ts"
import { lengthClass, plaintext, type Secret, type TriedSecret, variantLength } from "./secret.ts"
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
  const variant = kind === plaintext ? variantDigest(indexKey, bytes) : undefined
  return {
    kind,
    digest,
    lengthClass: lengthClass(sha256?.length ?? bytes.length),
    ...(variant === undefined ? {} : { variant }),
    ...(rating === undefined ? {} : { rating }),
  }
}

// The model version is hashed too, so that forms under other rules never match these.
const variantLabel = `variant ${canonicalModel}`

const variantDigest = (indexKey: Uint8Array, bytes: Uint8Array): string | undefined => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
  const form = canonicalForm(text)
  if (form === undefined) return undefined
  return secretDigest(indexKey, variantLabel, Buffer.from(form, "utf8")).slice(0, variantLength)
}
