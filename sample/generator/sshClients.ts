import { hash } from "node:crypto"

/** What an SSH client says of itself; the lists are those its key exchange offers. */
export interface SshClient {
  readonly version: string
  readonly kexAlgs: ReadonlyArray<string>
  readonly keyAlgs: ReadonlyArray<string>
  readonly encCS: ReadonlyArray<string>
  readonly macCS: ReadonlyArray<string>
  readonly compCS: ReadonlyArray<string>
  readonly hasshAlgorithms: string
  readonly hassh: string
}

const client = (
  version: string,
  kex: string,
  keys: string,
  ciphers: string,
  macs: string,
  compression: string,
): SshClient => {
  const hasshAlgorithms = [kex, ciphers, macs, compression].join(";")
  return {
    version,
    kexAlgs: kex.split(","),
    keyAlgs: keys.split(","),
    encCS: ciphers.split(","),
    macCS: macs.split(","),
    compCS: compression.split(","),
    hasshAlgorithms,
    hassh: hash("md5", hasshAlgorithms),
  }
}

export const sshClients: readonly [SshClient, ...ReadonlyArray<SshClient>] = [
  client(
    "SSH-2.0-libssh_0.9.6",
    "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256",
    "ssh-ed25519,rsa-sha2-256,ssh-rsa",
    "aes256-ctr,aes128-ctr",
    "hmac-sha2-256,hmac-sha1",
    "none",
  ),
  client(
    "SSH-2.0-Go",
    "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha1",
    "ssh-ed25519,ecdsa-sha2-nistp256,ssh-rsa",
    "aes128-gcm@openssh.com,aes128-ctr",
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-256",
    "none",
  ),
  client(
    "SSH-2.0-libssh2_1.10.0",
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1",
    "ssh-rsa,ssh-dss",
    "aes128-ctr,aes256-cbc,3des-cbc",
    "hmac-sha1,hmac-md5",
    "none",
  ),
  client(
    "SSH-2.0-PUTTY",
    "diffie-hellman-group1-sha1",
    "ssh-rsa",
    "aes256-ctr,3des-ctr",
    "hmac-sha1",
    "none",
  ),
  client(
    "SSH-2.0-OpenSSH_9.2p1 Debian-2",
    "sntrup761x25519-sha512@openssh.com,curve25519-sha256,diffie-hellman-group16-sha512",
    "ssh-ed25519,rsa-sha2-512,rsa-sha2-256",
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
    "umac-128-etm@openssh.com,hmac-sha2-512",
    "none,zlib@openssh.com",
  ),
]

/** The client of the number given, the list being read in a circle. */
export const sshClient = (number: number): SshClient =>
  sshClients[number % sshClients.length] ?? sshClients[0]
