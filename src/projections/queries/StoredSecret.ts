/**
 * A secret as the read models show it: `kind`, SHA-256 and number of its bytes. `printable` alone
 * is the whole secret where `base64` is absent and the bytes were not too long to be kept.
 */
export interface StoredSecret {
  readonly kind: string
  readonly sha256: string
  readonly length: number
  readonly printable?: string
  readonly base64?: string
}

/** The columns of the table `secrets`, under the names of a {@link SecretRow}. */
export const secretColumns = `secrets.kind AS secretKind, secrets.sha256 AS secretSha256,
  secrets.length AS secretLength, secrets.printable AS secretPrintable,
  secrets.base64 AS secretBase64`

export interface SecretRow {
  readonly secretKind: string
  readonly secretSha256: string
  readonly secretLength: number
  readonly secretPrintable: string | null
  readonly secretBase64: string | null
}

export const storedSecret = (row: SecretRow): StoredSecret => ({
  kind: row.secretKind,
  sha256: row.secretSha256,
  length: row.secretLength,
  ...(row.secretPrintable === null ? {} : { printable: row.secretPrintable }),
  ...(row.secretBase64 === null ? {} : { base64: row.secretBase64 }),
})
