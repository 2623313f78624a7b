import type { Database } from "better-sqlite3"

/** A secret as the read models know it: its kind, its keyed digest and how long it is, roughly. */
export interface StoredSecret {
  readonly kind: string
  readonly digest: string
  readonly lengthClass: string
}

/** The columns of the table `secrets`, under the names of a {@link SecretRow}. */
export const secretColumns = `secrets.kind AS secretKind, secrets.digest AS secretDigest,
  secrets.length_class AS secretLengthClass`

export interface SecretRow {
  readonly secretKind: string
  readonly secretDigest: string
  readonly secretLengthClass: string
}

export const storedSecret = (row: SecretRow): StoredSecret => ({
  kind: row.secretKind,
  digest: row.secretDigest,
  lengthClass: row.secretLengthClass,
})

/** The kinds of secrets that were tried. */
export const secretKinds = (db: Database): ReadonlyArray<string> =>
  db
    .prepare<[], string>("SELECT DISTINCT kind FROM secrets WHERE kind <> '' ORDER BY 1")
    .pluck()
    .all()
