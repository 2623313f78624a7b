import type { CertificateSettings } from "./certificate.ts"

/** Somebody who may log on. */
export interface User {
  readonly name: string
  readonly password: string
  /** Whether in `$admins`: only these read `$all` and streams that begin with `$`. */
  readonly admin: boolean
  /** By default everybody may append to what does not begin with `$`. */
  readonly mayAppend?: boolean
}

/** What kind of server it is. */
export interface ServerSettings {
  /**
   * Which one it takes after. 22.10 never says that a subscription has caught up, 23.10 once,
   * 24.10 each time; 24.10 alone goes back to the history for a consumer that is too slow.
   */
  readonly version: "22.10" | "23.10" | "24.10"
  /** What it says its version is, where that is another. */
  readonly saysVersion: string | undefined
  readonly nodes: number
  /** The most that one append may hold, in bytes. */
  readonly maxAppendSize: number
  /** The most that one event may hold, in bytes; 24.10 has no such limit. */
  readonly maxEventSize: number
  /** Whether it has BatchAppend. */
  readonly batchAppend: boolean
  /** Calls at once on one connection: more of them wait. */
  readonly maxStreams: number
  /** Where anybody may do anything, no users; they need TLS. */
  readonly users: ReadonlyArray<User>
  readonly tls: boolean
  /** What its certificate is for, and until when. */
  readonly certificate: CertificateSettings
  /** Whether whoever connects has to show a certificate of a user, from the CA of the server. */
  readonly userCertificates: boolean
  /** How many milliseconds its clock is ahead of ours. */
  readonly clockSkew: number
  /** The system projections and what each is doing; `undefined` where it runs none. */
  readonly projections: Readonly<Record<string, string>> | undefined
}

export const defaultSettings: ServerSettings = {
  version: "24.10",
  saysVersion: undefined,
  nodes: 1,
  maxAppendSize: 1024 * 1024,
  maxEventSize: Number.MAX_SAFE_INTEGER,
  batchAppend: true,
  maxStreams: 100,
  users: [],
  tls: false,
  certificate: {},
  userCertificates: false,
  clockSkew: 0,
  projections: undefined,
}
