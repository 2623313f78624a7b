import { dots, type ShownSecret } from "./secretText.ts"

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

/**
 * What else a log line said of an attempt. Some sensors repeat the secret there, in a path or as
 * hexadecimal: unless it is revealed, a value in which it stands is not shown.
 */
export const maskFields = (
  fields: Readonly<Record<string, string>>,
  secret: ShownSecret | null,
  reveal: boolean,
): Readonly<Record<string, string>> => {
  if (reveal || secret === null || secret.length === 0) return fields
  const spellings = spellingsOf(secret)
  const repeats = (value: string): boolean =>
    spellings.some((spelling) => value.toLowerCase().includes(spelling))
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, repeats(value) ? dots : value]),
  )
}

const spellingsOf = ({ printable = "", base64 }: ShownSecret): ReadonlyArray<string> => {
  const kept = printable.replace(/\.\.\.$/, "") // of a long secret only the beginning is
  const bytes = base64 === undefined ? Buffer.from(kept) : Buffer.from(base64, "base64")
  return [kept, bytes.toString("utf8"), bytes.toString("base64"), bytes.toString("hex")]
    .map((spelling) => spelling.toLowerCase())
    .filter((spelling) => spelling !== "")
}
