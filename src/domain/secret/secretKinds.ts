/**
 * The kinds of secret in the supported formats. DECNET logs name the kind themselves and may contain
 * others.
 */
export const knownKinds: ReadonlyArray<string> = [
  "http_bearer",
  "http_digest_md5",
  "mysql_native_password",
  "ntlmssp_v1",
  "ntlmssp_v2",
  "plaintext",
  "postgres_md5_challenge",
  "scram_sha1",
  "scram_sha256",
  "scram_unknown",
  "snmp_community",
  "ssh_public_key",
  "vnc_des_response",
]
