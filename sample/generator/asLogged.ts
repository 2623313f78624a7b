import type { Target } from "./fleet.ts"
import type { Random } from "./random.ts"
import type { TriedSecret } from "./Session.ts"
import type { Credential } from "./wordlists.ts"

/** What a sensor sees of a credential: who, and which secret. */
export interface Seen {
  readonly principal: string | null
  readonly secret: TriedSecret | null
}

/**
 * What the sensor of this target gets to see of a credential. Where the service asks with a
 * challenge it is not the password but an answer that no other connection repeats.
 */
export const asLogged = (
  target: Target,
  { principal, password }: Credential,
  random: Random,
): Seen => {
  if (target.sensor.kind === "decnet")
    return seenByDecnet(target.service, principal, password, random)
  if (target.service === "vnc") return { principal: null, secret: plain(password || null) }
  // OpenCanary keeps nothing of the answer to MySQL's challenge.
  const challenged = target.sensor.kind === "opencanary" && target.service === "mysql"
  if (challenged) return { principal, secret: null }
  // Old clients send letters beyond ASCII in one byte each; only this log keeps them so.
  if (target.sensor.kind === "ssh-honeypot" && random.chance(0.002)) {
    return { principal, secret: { kind: "plaintext", text: "contraseña", encoding: "latin1" } }
  }
  // Of an empty password these cannot tell whether there was one.
  const mayBeAbsent = target.service === "mysql" || target.service === "smtp"
  return { principal, secret: plain(mayBeAbsent ? password || null : password) }
}

const plain = (password: string | null): TriedSecret | null =>
  password === null ? null : { kind: "plaintext", text: password, encoding: "utf8" }

const answer = (kind: string, text: string, encoding: TriedSecret["encoding"]): TriedSecret => ({
  kind,
  text,
  encoding,
})

const seenByDecnet = (
  service: string,
  principal: string,
  password: string | null,
  random: Random,
): Seen => {
  const known = password ?? ""
  switch (service) {
    case "postgresql":
      return { principal, secret: answer("postgres_md5_challenge", random.hex(32), "hex") }
    case "mysql":
      return { principal, secret: answer("mysql_native_password", random.hex(40), "hex") }
    case "vnc":
      return { principal: null, secret: answer("vnc_des_response", random.hex(32), "hex") }
    case "mongodb": {
      const proof = Buffer.from(random.hex(64), "hex").toString("base64")
      return { principal, secret: answer("scram_sha256", proof, "base64") }
    }
    case "sip":
      return { principal, secret: answer("http_digest_md5", random.hex(32), "utf8") }
    case "smb":
      return {
        principal: `CORP\\${principal}`,
        secret: answer("ntlmssp_v2", random.hex(96), "hex"),
      }
    case "snmp":
      return { principal: null, secret: answer("snmp_community", known || "public", "utf8") }
    case "k8s":
      return { principal: null, secret: answer("http_bearer", `tok_${known || "none"}`, "utf8") }
    case "redis":
      return { principal: known.length % 2 === 0 ? null : principal, secret: plain(known) }
    case "ldap":
      return { principal: `cn=${principal},dc=corp,dc=example`, secret: plain(known) }
    case "mssql": // without a password it leaves the secret out altogether
      return { principal, secret: plain(known || "password") }
    default:
      return { principal, secret: plain(known) }
  }
}
