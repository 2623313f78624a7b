import { afterPrefix } from "./afterPrefix.ts"
import { Conditions } from "./Conditions.ts"

/** Secrets of a kind, or those whose SHA-256 is or begins with `secretSha256`. */
export interface SecretFilter {
  readonly secretKind?: string | undefined
  readonly secretSha256?: string | undefined
}

/** What is asked of the table `secrets`. */
export const secretsAskedFor = ({ secretKind, secretSha256 }: SecretFilter): Conditions => {
  const conditions = new Conditions()
  if (secretSha256 !== undefined) {
    const digest = secretSha256.toLowerCase()
    const start = digest.slice(0, 12)
    conditions.add(
      "sha256_start BETWEEN ? AND ?",
      Number.parseInt(start.padEnd(12, "0"), 16),
      Number.parseInt(start.padEnd(12, "f"), 16),
    )
    conditions.add("sha256 >= ? AND sha256 < ?", digest, afterPrefix(digest))
  }
  conditions.add("kind = ?", secretKind)
  return conditions
}
