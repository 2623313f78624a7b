/** What is kept of an open session. `weight` is what it takes, in bytes, as far as is known. */
export interface Kept<Self> {
  readonly owner: { readonly evict: (kept: Self) => void }
  weight: number
}

/**
 * Bounds what is kept of the open sessions of all sources of a process together. Above the limit
 * the sessions that were heard of longest ago are evicted, whichever source they are of: a host
 * under attack must not exhaust the memory, and one that is quiet must not keep it from the others.
 */
export class SessionMemory<Session extends Kept<Session>> {
  readonly #limit: number
  // The one heard of longest ago is the first.
  readonly #kept = new Set<Session>()
  #weight = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Keeps a session, or takes note that it was heard of and weighs this much now. */
  keep(session: Session, weight: number): void {
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
  release(session: Session): void {
    if (this.#kept.delete(session)) this.#weight -= session.weight
  }
}
