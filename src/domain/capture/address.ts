import { isIP, SocketAddress } from "node:net"

/**
 * The one spelling of an IP address: IPv6 compressed and in lower case, IPv4 mapped into IPv6 as
 * IPv4, brackets and a port (`[2001:db8::5]:443`, `192.0.2.1:5555`) and a zone (`%eth0`) left
 * out. A bare IPv6 address is kept whole: its last group is never taken for a port.
 * Answers `undefined` for text that is no address.
 */
export const ipAddress = (text: string): string | undefined => {
  if (text.length > longestAddress) return undefined
  const [bare = ""] = withoutPort(text.trim()).split("%", 1)
  const family = isIP(bare)
  if (family === 4) return bare
  if (family === 0) return undefined
  const canonical = new SocketAddress({ address: bare, family: "ipv6" }).address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)
  return mapped?.[1] ?? canonical
}

// Room for an IPv6 address with its IPv4 spelling, zone, brackets, port and white space.
const longestAddress = 128

const withoutPort = (text: string): string => {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)
  if (bracketed !== null) return bracketed[1] ?? ""
  const ipv4 = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)
  return ipv4?.[1] ?? text
}
