import type { Database } from "better-sqlite3"
import { type Timestamp, timestampMicros } from "../../domain/event/timestamp.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import { principalsOf } from "./Conditions.ts"

/**
 * Which secrets are meant: those with one of these digests, all that were tried with a principal, or
 * all that were last tried before a time.
 */
export type SecretChoice =
  | { readonly digests: ReadonlyArray<SecretDigest> }
  | { readonly principal: string; readonly keyedPrincipal: string | undefined }
  | { readonly before: Timestamp }

/** Secrets, and how much of the read models speaks of them. */
export interface TriedSecrets {
  readonly digests: ReadonlyArray<SecretDigest>
  readonly findingCount: number
  readonly attemptCount: number
}

/** The secrets that are meant, as far as they were tried. */
export const triedSecrets = (db: Database, choice: SecretChoice): TriedSecrets => {
  const [where, value] = conditionOf(choice)
  const rows = db
    .prepare<[string | number], { digest: SecretDigest; findings: number; attempts: number }>(
      `SELECT digest, sum(open) AS findings, sum(attempt_count) AS attempts
         FROM findings JOIN secrets USING (secret_no)
        WHERE digest <> '' AND secret_no IN (${where})
        GROUP BY digest ORDER BY digest`,
    )
    .all(value)
  return {
    digests: rows.map(({ digest }) => digest),
    findingCount: rows.reduce((sum, { findings }) => sum + findings, 0),
    attemptCount: rows.reduce((sum, { attempts }) => sum + attempts, 0),
  }
}

const conditionOf = (choice: SecretChoice): readonly [string, string | number] => {
  if ("digests" in choice) {
    return [
      `SELECT secret_no FROM secrets WHERE digest IN (SELECT value FROM json_each(?))`,
      JSON.stringify(choice.digests),
    ]
  }
  if ("principal" in choice) {
    return [
      "SELECT secret_no FROM findings WHERE principal IN (SELECT value FROM json_each(?))",
      JSON.stringify(principalsOf(choice)),
    ]
  }
  return [
    "SELECT secret_no FROM findings GROUP BY secret_no HAVING max(last_seen) < ?",
    timestampMicros(choice.before),
  ]
}
