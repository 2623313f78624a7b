import { secretDigest } from "./secretDigest.ts"

const mailAddress = /^[^\s@]+@(?<domain>[^\s@]+\.[^\s@.]+)$/u

export const isMailAddress = (principal: string): boolean => mailAddress.test(principal)

/**
 * A principal without the person in it: of a mail address, whatever its case, the part before the
 * `@` is replaced by 16 hexadecimal digits of its keyed digest, and the domain stays. Anything else
 * is returned as it is.
 */
export const withoutMailbox = (indexKey: Uint8Array, principal: string): string => {
  const domain = mailAddress.exec(principal)?.groups?.domain
  if (domain === undefined) return principal
  const address = Buffer.from(principal.toLowerCase(), "utf8")
  return `${secretDigest(indexKey, "mail address", address).slice(0, 16)}@${domain.toLowerCase()}`
}
