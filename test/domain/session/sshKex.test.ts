import { inflateRawSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { distance } from "../../../src/domain/session/distance.ts"
import type { KeyExchange } from "../../../src/domain/session/SessionFacts.ts"
import { hasshOf, sshKex } from "../../../src/domain/session/sshKex.ts"
import { silent } from "./madeSessions.ts"

const exchange: KeyExchange = {
  kex: ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha1"],
  hostKey: ["ssh-ed25519", "ssh-rsa"],
  encryption: ["aes128-ctr", "aes192-ctr", "aes256-ctr"],
  mac: ["hmac-sha2-256", "hmac-sha1"],
  compression: ["none"],
}
const vectorOf = (keyExchange: KeyExchange, clientVersion: string | null = "SSH-2.0-Go") => {
  const extracted = sshKex.extract({ ...silent, keyExchange, clientVersion })
  if (extracted === undefined) throw new Error("not enough data")
  return extracted.vector
}
const apart = (a: Float32Array, b: Float32Array) => distance(sshKex.metric, a, b)

describe("the fingerprint of a key exchange", () => {
  it("names the hassh, computed where the log lacks it", () => {
    // printf '%s' 'curve25519-sha256,...;aes128-ctr,...;hmac-...;none' | md5sum
    expect(hasshOf(exchange)).toBe("857499225f2f00e87211d75a1170f8a7")
    const extracted = sshKex.extract({ ...silent, keyExchange: exchange })
    expect(extracted?.madeFrom.hassh).toEqual([hasshOf(exchange)])
  })

  it("keeps what was offered, all of it, in little room", () => {
    const { offer } = sshKex.extract({ ...silent, keyExchange: exchange })?.madeFrom ?? {}
    const text = inflateRawSync(Buffer.from(String(offer), "base64")).toString()
    expect(text.split(";").map((list) => list.split(","))).toEqual(Object.values(exchange))
    expect(String(offer).length).toBeLessThan(text.length)
  })

  it("is the same for the same client, of the length and dimension it says", () => {
    const vector = vectorOf(exchange)
    expect(vector).toEqual(vectorOf({ ...exchange }))
    expect(vector).toHaveLength(sshKex.dimension)
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6)
  })

  it("is another where the order is, and near where little is different", () => {
    const vector = vectorOf(exchange)
    const turned = vectorOf({ ...exchange, kex: exchange.kex.toReversed() })
    const longer = vectorOf({ ...exchange, mac: [...exchange.mac, "hmac-md5"] })
    const stranger = vectorOf(
      {
        kex: ["diffie-hellman-group1-sha1"],
        hostKey: ["ssh-dss"],
        encryption: ["3des-cbc", "blowfish-cbc"],
        mac: ["hmac-md5"],
        compression: ["zlib", "none"],
      },
      "SSH-2.0-libssh2_1.4.3",
    )
    expect(apart(vector, turned)).toBeGreaterThan(0.01)
    expect(apart(vector, longer)).toBeGreaterThan(0.001)
    expect(apart(vector, longer)).toBeLessThan(0.2)
    expect(apart(vector, stranger)).toBeGreaterThan(0.6)
  })

  it("tells versions apart, of another product farther than of the same", () => {
    const vector = vectorOf(exchange, "SSH-2.0-libssh_0.9.6")
    const newer = apart(vector, vectorOf(exchange, "SSH-2.0-libssh_0.10.4"))
    const other = apart(vector, vectorOf(exchange, "SSH-2.0-paramiko_2.1"))
    expect(newer).toBeGreaterThan(0)
    expect(other).toBeGreaterThan(newer)
  })

  it("does not take one offer for another that is joined to the same text", () => {
    const one = vectorOf({ ...exchange, mac: ["hmac-md5", "hmac-sha1"] })
    const other = vectorOf({ ...exchange, mac: ["hmac-md5,hmac-sha1"] })
    expect(apart(one, other)).toBeGreaterThan(0.001)
    expect(vectorOf(exchange, null)).not.toEqual(vectorOf(exchange, ""))
  })

  it("is not there without a key exchange and ciphers: a version says nothing", () => {
    expect(sshKex.extract({ ...silent, clientVersion: "SSH-2.0-Go" })).toBeUndefined()
    for (const missing of [{ kex: [] }, { encryption: [] }]) {
      const keyExchange = { ...exchange, ...missing }
      expect(sshKex.extract({ ...silent, keyExchange })).toBeUndefined()
    }
  })
})
