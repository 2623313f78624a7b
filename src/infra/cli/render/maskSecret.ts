/** What a masked secret still has: enough to ask by it and to recognise it, and no byte of it. */
export interface MaskedSecret {
  readonly kind: string
  readonly sha256: string
  readonly length: number
}

/** The secret as it goes into JSON: unless it is revealed, without its bytes in any form. */
export const maskSecret = <S extends MaskedSecret>(secret: S, reveal: boolean): S | MaskedSecret =>
  reveal ? secret : { kind: secret.kind, sha256: secret.sha256, length: secret.length }

/** The same of anything that has a secret. */
export const maskSecretIn = <S extends MaskedSecret, T extends { readonly secret: S | null }>(
  value: T,
  reveal: boolean,
): Omit<T, "secret"> & { readonly secret: S | MaskedSecret | null } => ({
  ...value,
  secret: value.secret === null ? null : maskSecret(value.secret, reveal),
})
