import * as Context from "effect/Context"
import type { OpenSession } from "./OpenSession.ts"

/** An open session in memory. `weight` is what it takes there, in bytes, as far as is known. */
export interface KeptSession {
  readonly name: string
  readonly session: OpenSession
  readonly owner: { readonly evict: (kept: KeptSession) => void }
  weight: number
}

/**
 * Bounds what the open sessions of all sources of a process take together. Above the limit the
 * sessions that were heard of longest ago are evicted, whichever source they are of: a host under
 * attack must not exhaust the memory, and one that is quiet must not keep it from the others.
 */
export class SessionMemory {
  readonly #limit: number
  // The one heard of longest ago is the first.
  readonly #kept = new Set<KeptSession>()
  #weight = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Keeps a session, or takes note that it was heard of and weighs this much now. */
  keep(session: KeptSession, weight: number): void {
    this.release(session)
    session.weight = weight
    this.#weight += weight
    this.#kept.add(session)
    for (const oldest of this.#kept) {
      if (this.#weight <= this.#limit) break
      this.release(oldest)
      oldest.owner.evict(oldest)
    }
  }

  /** Forgets a session that is over. */
  release(session: KeptSession): void {
    if (this.#kept.delete(session)) this.#weight -= session.weight
  }
}

/** 48 MiB, a quarter of the heap that `bin/credtrail` allows: some 60,000 sessions of one login. */
const limit = 48 * 1024 * 1024

/** The one memory of this process for open sessions. */
export const sessionMemory = Context.Reference<SessionMemory>("credtrail/sessionMemory", {
  defaultValue: () => new SessionMemory(limit),
})
