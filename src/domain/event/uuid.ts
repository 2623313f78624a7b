import { hash } from "node:crypto"

/**
 * The UUID version 5 of a name in a namespace (RFC 9562, section 5.5): the same name always has
 * the same UUID, which is what makes writing an event twice the same as writing it once.
 */
export const uuidV5 = (namespace: Uint8Array, name: string): string => {
  const digest = Buffer.from(
    hash("sha1", Buffer.concat([namespace, Buffer.from(name, "utf8")]), "buffer"),
  )
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  return uuidFromBytes(digest)
}

/** The 16 bytes of a UUID. */
export const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex")

/** The text of the first 16 of these bytes as a UUID. */
export const uuidFromBytes = (bytes: Buffer): string => {
  const hex = bytes.toString("hex", 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the text is a UUID in lower case. */
export const isUuid = (text: string): boolean => shape.test(text)
