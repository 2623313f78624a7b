import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { publicKey, publicKeyByFingerprint } from "../../../src/infra/sources/publicKey.ts"
import { sealed } from "../../support/sealing.ts"

const field = (bytes: Uint8Array) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
const blobOf = (type: string, ...fields: ReadonlyArray<Uint8Array>) =>
  Buffer.concat([field(Buffer.from(type)), ...fields.map(field)])

describe("publicKey", () => {
  it("is the same secret with a comment, without one, and by its fingerprint", () => {
    const { publicKey: generated } = generateKeyPairSync("ed25519")
    const raw = generated.export({ format: "der", type: "spki" }).subarray(-32)
    const blob = blobOf("ssh-ed25519", raw)
    const bare = publicKey(`ssh-ed25519 ${blob.toString("base64")}`)
    const commented = publicKey(` ssh-ed25519 ${blob.toString("base64")} me@here\n`)
    expect(commented?.secret).toEqual(bare?.secret)
    expect(bare?.secret).toMatchObject({ kind: "ssh_public_key", bytes: blob })
    const byFingerprint = publicKeyByFingerprint(bare?.fields.keyFingerprint)
    if (bare === undefined || byFingerprint === undefined) throw new Error("both are keys")
    expect(sealed(byFingerprint.secret).digest).toBe(sealed(bare.secret).digest)
  })

  it("knows the type of an ECDSA key with and without its curve", () => {
    const blob = blobOf("ecdsa-sha2-nistp256", Buffer.from("nistp256"), Buffer.alloc(65, 4))
    for (const type of ["ecdsa-sha2-nistp256", "ecdsa-sha2"]) {
      expect(publicKey(`${type} ${blob.toString("base64")}`)).toBeDefined()
    }
  })

  it("is none where the text is no key", () => {
    const rsa = blobOf("ssh-rsa", Buffer.from([1, 0, 1])).toString("base64")
    for (const text of ["", "ssh-rsa", `ssh-dss ${rsa}`, "ssh-rsa AAAAinvented", 7, undefined]) {
      expect(publicKey(text)).toBeUndefined()
    }
    for (const text of ["MD5:00:11", "SHA256:short", 7, undefined]) {
      expect(publicKeyByFingerprint(text)).toBeUndefined()
    }
  })
})
