/** The algorithms a SSH client offers, in the order in which it prefers them. */
export interface KeyExchange {
  readonly kex: ReadonlyArray<string>
  readonly hostKey: ReadonlyArray<string>
  readonly encryption: ReadonlyArray<string>
  readonly mac: ReadonlyArray<string>
  readonly compression: ReadonlyArray<string>
}

/** A login attempt: when, in microseconds since 1970, and how much the pair that was tried says. */
export interface LoginFact {
  readonly at: number
  /** From 0, what everybody tries, to 1: see `rarity`. */
  readonly rarity: number
  /** A digest of the pair of principal and secret; empty where `rarity` is 0. */
  readonly pair: string
}

/** A line that was typed: when, in microseconds since 1970, and its tokens after masking. */
export interface CommandFact {
  readonly at: number
  readonly tokens: ReadonlyArray<string>
}

/** What is known of one session, as much as its fingerprints need, without the secrets that can be recognised. */
export interface SessionFacts {
  readonly clientVersion: string | null
  readonly keyExchange: KeyExchange | null
  /** In the order of time. */
  readonly logins: ReadonlyArray<LoginFact>
  /** In the order of time. */
  readonly commands: ReadonlyArray<CommandFact>
}
