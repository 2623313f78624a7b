import { type Kept, SessionMemory } from "../SessionMemory.ts"
import type { CaptureDraft } from "../SourceAdapter.ts"

/** What earlier events said of a session; `null` is not said (yet). */
export interface CowrieSession {
  readonly service: string | null
  readonly attackerIp: string | null
  readonly clientVersion: string | null
  readonly hassh: string | null
  /** A public key that was offered, of which it is not known yet whether a login event follows. */
  readonly offer: CaptureDraft | null
}

interface KeptSession extends Kept<KeptSession> {
  readonly id: string
  said: CowrieSession
}

const unknownSession: CowrieSession = {
  service: null,
  attackerIp: null,
  clientVersion: null,
  hassh: null,
  offer: null,
}
const maxSessions = 100_000
/** What all Cowrie logs of the process may have remembered: the limit above, where little is said. */
const memory = new SessionMemory<KeptSession>(24 * 1024 * 1024)
const noOffers: ReadonlyArray<CaptureDraft> = []

/**
 * The open sessions of a Cowrie log. They are kept across files, since a session may start before
 * midnight, and so in the file before. Where there are too many, the oldest are forgotten.
 */
export class CowrieSessions {
  readonly #sessions = new Map<string, KeptSession>()
  /** The sessions in which a key was offered. */
  readonly #offering = new Set<string>()
  /** The offers of sessions that were forgotten. */
  #left: Array<CaptureDraft> = []

  get(id: string | null): CowrieSession {
    return (id === null ? undefined : this.#sessions.get(id)?.said) ?? unknownSession
  }

  /** Adds what an event said of a session. */
  learn(id: string, said: Partial<CowrieSession>): void {
    const kept = this.#sessions.get(id) ?? { id, owner: this, weight: 0, said: unknownSession }
    kept.said = { ...kept.said, ...said }
    this.#sessions.set(id, kept)
    if (kept.said.offer !== null) this.#offering.add(id)
    memory.keep(kept, weightOf(kept))
    if (this.#sessions.size <= maxSessions) return
    for (const oldest of this.#sessions.values()) {
      memory.release(oldest)
      this.evict(oldest)
      return
    }
  }

  /** Forgets a session that is over; its offer, if it has one, is taken before. */
  end(id: string): void {
    const kept = this.#sessions.get(id)
    if (kept === undefined) return
    this.#sessions.delete(id)
    memory.release(kept)
  }

  /** Forgets a session for want of memory. */
  evict({ id, said }: KeptSession): void {
    this.#sessions.delete(id)
    this.#offering.delete(id)
    if (said.offer !== null) this.#left.push(said.offer)
  }

  /** Takes the offers to be told of now: those of this session, or of all, and of forgotten ones. */
  takeOffers(of: string | null | "all"): ReadonlyArray<CaptureDraft> {
    if (this.#offering.size === 0 && this.#left.length === 0) return noOffers
    const offers = this.#left
    this.#left = []
    for (const id of of === "all" ? [...this.#offering] : [of]) {
      const kept = id === null || !this.#offering.delete(id) ? undefined : this.#sessions.get(id)
      if (kept === undefined || kept.said.offer === null) continue
      offers.push(kept.said.offer)
      kept.said = { ...kept.said, offer: null }
    }
    return offers
  }
}

const weightOf = ({ id, said: { clientVersion, hassh, offer } }: KeptSession): number =>
  200 +
  id.length +
  (clientVersion?.length ?? 0) +
  (hassh?.length ?? 0) +
  (offer === null ? 0 : 1000 + (offer.secret?.bytes.length ?? 0) + (offer.principal?.length ?? 0))
