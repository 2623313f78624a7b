import { secretDigest } from "./secretDigest.ts"

const mailAddress = /^[^\s@]+@(?<domain>[^\s@]+\.[^\s@.]+)$/u

export const isMailAddress = (principal: string): boolean => mailAddress.test(principal)

/**
 * Replaces the local part of a mail address by 16 hexadecimal digits of the address's keyed digest,
 * ignoring case. The domain stays. Returns anything else unchanged.
 */
export const withoutMailbox = (indexKey: Uint8Array, principal: string): string => {
  const domain = mailAddress.exec(principal)?.groups?.domain
  if (domain === undefined) return principal
  const address = Buffer.from(principal.toLowerCase(), "utf8")
  return `${secretDigest(indexKey, "mail address", address).slice(0, 16)}@${domain.toLowerCase()}`
}
