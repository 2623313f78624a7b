import { type Sha256, sha256Hex } from "../../domain/event/digest.ts"
import { type TriedSecret, triedSecret, triedSecretOfSha256 } from "../../domain/secret/secret.ts"

/** A public key that was offered: as a secret, and how people speak of it. */
export interface PublicKey {
  readonly secret: TriedSecret
  readonly fields: Readonly<Record<string, string>>
}

const kind = "ssh_public_key"

/**
 * The key in the form of `authorized_keys`, `ssh-ed25519 AAAA...`, with or without a comment. Its
 * bytes as a secret are the canonical ones, those that the base64 stands for (RFC 4253, section 6.6).
 */
export const publicKey = (text: unknown): PublicKey | undefined => {
  if (typeof text !== "string") return undefined
  const [type = "", base64 = ""] = text.trim().split(/\s+/, 2)
  const bytes = Buffer.from(base64, "base64")
  const named = bytes.length < 4 ? "" : bytes.toString("latin1", 4, 4 + bytes.readUInt32BE(0))
  if (named === "" || !isNameOf(type, named)) return undefined
  const secret = triedSecret(kind, bytes)
  const fingerprint = Buffer.from(sha256Hex(bytes), "hex").toString("base64").replace(/=+$/, "")
  return { secret, fields: { keyType: type, keyFingerprint: `SHA256:${fingerprint}` } }
}

/**
 * The key that OpenSSH names by this fingerprint, `SHA256:...`. The fingerprint is the SHA-256 of
 * the canonical bytes, so this is the same secret as the key itself, without its bytes.
 */
export const publicKeyByFingerprint = (text: unknown): PublicKey | undefined => {
  if (typeof text !== "string" || !/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(text)) return undefined
  const sha256 = Buffer.from(text.slice("SHA256:".length), "base64").toString("hex")
  // 43 characters of base64 are 32 bytes.
  return { secret: triedSecretOfSha256(kind, sha256 as Sha256), fields: { keyFingerprint: text } }
}

// Cowrie writes the type of an ECDSA key as Twisted has it: the same, or without the curve.
const isNameOf = (type: string, named: string): boolean =>
  named === type || named.startsWith(`${type}-`)
