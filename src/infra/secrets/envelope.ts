import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from "node:crypto"

/** A key-encryption key: 32 bytes, and the 16 hexadecimal digits by which envelopes name it. */
export interface KeyEncryptionKey {
  readonly id: string
  readonly key: Uint8Array
}

/**
 * A sealed secret: `version | key id (8) | nonce (12) | wrapped data key (32 + 16) | nonce (12) |
 * sealed bytes (n + 16)`. Each secret has a random data key of its own, under which its bytes are
 * sealed with AES-256-GCM; the data key is wrapped by the key-encryption key, also with
 * AES-256-GCM. The additional data of both bind the envelope to a label: the digest of the secret.
 */
export type Envelope = Uint8Array

const version = 1
/** Where an envelope names the key that its data key is wrapped by, in bytes. */
export const keyIdAt = 1
export const keyIdLength = 8
const wrapNonceAt = keyIdAt + keyIdLength
const wrappedAt = wrapNonceAt + 12
const nonceAt = wrappedAt + 48
const sealedAt = nonceAt + 12
const tagLength = 16

/** Why an envelope does not open. */
export type EnvelopeFault = "damaged" | "unknown-key"

/** Seals bytes under a new data key. */
export const sealEnvelope = (
  { id, key }: KeyEncryptionKey,
  label: string,
  bytes: Uint8Array,
): Envelope => {
  const envelope = Buffer.allocUnsafe(sealedAt + bytes.length + tagLength)
  envelope[0] = version
  random(envelope.subarray(wrapNonceAt, wrappedAt))
  random(envelope.subarray(nonceAt, sealedAt))
  const dataKey = random(new Uint8Array(32))
  encrypt(createSecretKey(dataKey), envelope.subarray(nonceAt, sealedAt), label, bytes).copy(
    envelope,
    sealedAt,
  )
  writeWrapped(envelope, id, key, label, dataKey)
  dataKey.fill(0)
  return envelope
}

/** The bytes of an envelope, or why it does not open. */
export const openEnvelope = (
  keyOf: (id: string) => Uint8Array | undefined,
  label: string,
  envelope: Envelope,
): Uint8Array | EnvelopeFault => {
  const dataKey = unwrap(keyOf, label, envelope)
  if (typeof dataKey === "string") return dataKey
  const bytes = decrypt(
    createSecretKey(dataKey),
    envelope.subarray(nonceAt, sealedAt),
    label,
    envelope.subarray(sealedAt),
  )
  dataKey.fill(0)
  return bytes ?? "damaged"
}

/** The same envelope with its data key wrapped by another key; the sealed bytes stay as they are. */
export const rewrapEnvelope = (
  keyOf: (id: string) => Uint8Array | undefined,
  { id, key }: KeyEncryptionKey,
  label: string,
  envelope: Envelope,
): Envelope | EnvelopeFault => {
  const dataKey = unwrap(keyOf, label, envelope)
  if (typeof dataKey === "string") return dataKey
  const rewrapped = Buffer.from(envelope)
  random(rewrapped.subarray(wrapNonceAt, wrappedAt))
  writeWrapped(rewrapped, id, key, label, dataKey)
  dataKey.fill(0)
  return rewrapped
}

/** The id of the key that an envelope's data key is wrapped by. */
export const keyIdOf = (envelope: Envelope): string =>
  Buffer.from(envelope.subarray(keyIdAt, wrapNonceAt)).toString("hex")

const writeWrapped = (
  envelope: Buffer,
  id: string,
  key: Uint8Array,
  label: string,
  dataKey: Uint8Array,
): void => {
  envelope.write(id, keyIdAt, "hex")
  const nonce = envelope.subarray(wrapNonceAt, wrappedAt)
  encrypt(keyObject(key), nonce, `${id}${label}`, dataKey).copy(envelope, wrappedAt)
}

const unwrap = (
  keyOf: (id: string) => Uint8Array | undefined,
  label: string,
  envelope: Envelope,
): Uint8Array | EnvelopeFault => {
  if (envelope.length < sealedAt + tagLength || envelope[0] !== version) return "damaged"
  const id = keyIdOf(envelope)
  const key = keyOf(id)
  if (key === undefined) return "unknown-key"
  const nonce = envelope.subarray(wrapNonceAt, wrappedAt)
  return (
    decrypt(keyObject(key), nonce, `${id}${label}`, envelope.subarray(wrappedAt, nonceAt)) ??
    "damaged"
  )
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>()

/** The key as Node.js begins fastest with; made once for a key that is used again and again. */
const keyObject = (key: Uint8Array): KeyObject => {
  const known = keyObjects.get(key)
  if (known !== undefined) return known
  const made = createSecretKey(key)
  keyObjects.set(key, made)
  return made
}

const encrypt = (
  key: KeyObject,
  nonce: Uint8Array,
  additional: string,
  bytes: Uint8Array,
): Buffer => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce)
  cipher.setAAD(Buffer.from(additional, "utf8"))
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (
  key: KeyObject,
  nonce: Uint8Array,
  additional: string,
  sealed: Uint8Array,
): Uint8Array | undefined => {
  const end = sealed.length - tagLength
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(additional, "utf8"))
  decipher.setAuthTag(sealed.subarray(end))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()])
  } catch {
    return undefined // the one thing that `final` throws for: a bit of it is not what was sealed
  }
}

// Asking the system for 44 bytes costs as much as asking it for thousands.
const pool = new Uint8Array(8192)
let used = pool.length

const random = <Bytes extends Uint8Array>(into: Bytes): Bytes => {
  if (used + into.length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  into.set(pool.subarray(used, used + into.length))
  pool.fill(0, used, used + into.length)
  used += into.length
  return into
}
