import type { Target } from "./fleet.ts"
import type { SshClient } from "./sshClients.ts"

/** A secret as a sensor gets to see it; `encoding` is how its bytes follow from `text`. */
export interface TriedSecret {
  readonly kind: string
  readonly text: string
  readonly encoding: "utf8" | "latin1" | "hex" | "base64"
}

/** One attempt of a session; `time` in microseconds since 1970. */
export interface Attempt {
  readonly time: number
  readonly principal: string | null
  readonly secret: TriedSecret | null
  readonly accepted: boolean
}

/** One connection to a target, from the first packet to the last, with what was tried in it. */
export interface Session {
  readonly start: number
  readonly end: number
  readonly target: Target
  readonly ip: string
  readonly port: number
  /** 32 hexadecimal digits, of which a sensor shows as many as it has room for. */
  readonly id: string
  readonly client: SshClient
  /** How far an SSH client got: connected, said its version, or exchanged keys. */
  readonly reached: "connect" | "version" | "kex"
  readonly attempts: ReadonlyArray<Attempt>
  readonly commands: ReadonlyArray<string>
  /** How many connections to elsewhere it asked to be passed on. */
  readonly forwards: number
}

/** A session's id in the shape of a UUID. */
export const sessionUuid = (id: string): string =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`
