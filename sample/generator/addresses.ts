/**
 * Addresses that belong to nobody: the documentation ranges of RFC 5737 and RFC 3849 for the
 * attackers that matter to a story, and, those being few, carrier-grade NAT (RFC 6598) and the
 * benchmarking range (RFC 2544) for the many.
 */

/** One of four million addresses in 100.64.0.0/10; different numbers give different addresses. */
export const massAddress = (number: number): string => {
  const spread = Math.imul(number, 2_654_435_761) & 0x3fffff // an odd factor permutes the range
  return `100.${64 + (spread >>> 16)}.${(spread >>> 8) & 0xff}.${spread & 0xff}`
}

/** One of 131,072 addresses in 198.18.0.0/15. */
export const passingAddress = (number: number): string => {
  const spread = Math.imul(number, 40_503) & 0x1ffff
  return `198.${18 + (spread >>> 16)}.${(spread >>> 8) & 0xff}.${spread & 0xff}`
}

/** One of the 762 usable addresses of the three documentation ranges. */
export const namedAddress = (number: number): string => {
  const network = ["192.0.2", "198.51.100", "203.0.113"][number % 3]
  return `${network}.${1 + (Math.floor(number / 3) % 254)}`
}

/** One of 65,535 addresses in 2001:db8::/32. */
export const namedAddressV6 = (number: number): string =>
  `2001:db8:${((number % 7) + 1).toString(16)}::${((number % 65_535) + 1).toString(16)}`
