import * as Context from "effect/Context"
import type { Capture } from "../../domain/capture/capture.ts"
import { unknownService } from "../../domain/capture/service.ts"
import { boundedText } from "../../domain/event/bounded.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import type { Fingerprint } from "../../domain/session/fingerprint.ts"
import { type Kept, SessionMemory } from "../sources/SessionMemory.ts"
import type { SessionWord } from "../sources/SourceAdapter.ts"
import type { SessionChanges, StoredSession } from "./IngestStore.ts"
import {
  addLogin,
  addWord,
  copied,
  fingerprintsOfSession,
  type OpenSession,
  openSession,
  weightOf,
} from "./OpenSession.ts"

/**
 * Seconds of the log's own time after which a session that nothing was heard of is over. Where the
 * log never says that one is over, it may be idle for as long as a login prompt waits; of 1,800
 * further attempts in sessions of real logs, none came later than 11 seconds after the one before.
 */
const idleSeconds = { endsSessions: 3600, never: 300 } as const
const nameLimit = 256

/** An open session in memory. */
interface KeptSession extends Kept<KeptSession> {
  readonly name: string
  readonly session: OpenSession
}

export type OpenSessionMemory = SessionMemory<KeptSession>

/** 48 MiB, a quarter of the heap that `bin/credtrail` allows: some 60,000 sessions of one login. */
const limit = 48 * 1024 * 1024

/** The one memory of this process for open sessions. */
export const openSessionMemory = Context.Reference<OpenSessionMemory>(
  "credtrail/openSessionMemory",
  { defaultValue: () => new SessionMemory(limit) },
)

export interface OpenSessionsOptions {
  readonly memory: OpenSessionMemory
  /** Whether the log says when a session is over. */
  readonly endsSessions: boolean
  /** Told when a session was evicted before it was over, since memory is short. */
  readonly onEvicted: () => void
  /** The digest that a password has. */
  readonly digestOf: (password: string) => string
}

/**
 * The sessions of one source that have begun and are not over. A session is over when the log says
 * so, or when the log has gone on for a while without it: by the log's time and not by the clock,
 * so that reading the same files gives the same, whenever and in however many runs they are read.
 * It answers with the fingerprints of the sessions that have come to be over.
 */
export class OpenSessions {
  // In the order in which they were last heard of.
  readonly #sessions = new Map<string, KeptSession>()
  readonly #changed = new Set<string>()
  readonly #stored = new Set<string>()
  readonly #over = new Set<string>()
  readonly #memory: OpenSessionMemory
  readonly #idleMicros: number
  readonly #onEvicted: () => void
  readonly #digestOf: (password: string) => string
  #evicted: Array<Fingerprint> = []

  constructor(
    stored: ReadonlyArray<StoredSession>,
    { memory, endsSessions, onEvicted, digestOf }: OpenSessionsOptions,
  ) {
    this.#memory = memory
    this.#idleMicros = 1_000_000 * idleSeconds[endsSessions ? "endsSessions" : "never"]
    this.#onEvicted = onEvicted
    this.#digestOf = digestOf
    const sessions = stored.map(({ session, facts }) => {
      this.#stored.add(session)
      return [session, JSON.parse(facts) as OpenSession] as const // written by `changes`
    })
    for (const [name, session] of sessions.sort(([, a], [, b]) => a.last - b.last)) {
      this.#keep({ name, session, owner: this, weight: 0 })
    }
  }

  /** An attempt, of which its session is told; `rarity` is that of its credential. */
  login(capture: Capture, rarity: number): ReadonlyArray<Fingerprint> {
    const { decky, sessionId, attackerIp, service } = capture
    if (sessionId === null || sessionId === "") return []
    const at = timestampMicros(capture.observedAt)
    return this.#take(decky, sessionId, attackerIp, at, (session) => {
      if (service !== unknownService) session.service = service
      addLogin(session, capture, rarity, at)
    })
  }

  /** What a line says of a session of this host. */
  hear(decky: string, word: SessionWord): ReadonlyArray<Fingerprint> {
    const host = boundedText(decky, nameLimit)
    const id = boundedText(word.sessionId, nameLimit)
    const name = nameOf(host, id)
    const known = this.#sessions.get(name)
    const at = word.at === null ? known?.session.last : timestampMicros(word.at)
    if (at === undefined) return []
    if (word.ended === true && known === undefined) return []
    const over = this.#take(host, id, word.attackerIp, at, (session) => {
      if (word.service !== null) session.service = boundedText(word.service, nameLimit)
      addWord(session, word, at, this.#digestOf)
    })
    return word.ended === true ? [...over, ...this.#end(this.#sessions.get(name))] : over
  }

  get hasEvicted(): boolean {
    return this.#evicted.length > 0
  }

  /** The fingerprints of the sessions that were evicted since this was last asked. */
  takeEvicted(): ReadonlyArray<Fingerprint> {
    return this.#evicted.splice(0)
  }

  /** What is to be recorded: the sessions that have changed, and those that are over. */
  changes(): Omit<SessionChanges, "source"> {
    const open: Array<StoredSession> = []
    for (const name of this.#changed) {
      open.push({ session: name, facts: JSON.stringify(this.#sessions.get(name)?.session) })
    }
    return { open, over: [...this.#over] }
  }

  /** What {@link changes} gave has been recorded. */
  saved(): void {
    for (const name of this.#changed) this.#stored.add(name)
    for (const name of this.#over) this.#stored.delete(name)
    this.#changed.clear()
    this.#over.clear()
  }

  /** Called by the memory: what is known of the session so far is all that will be. */
  evict(kept: KeptSession): void {
    this.#evicted.push(...this.#end(kept))
    this.#onEvicted()
  }

  /** Gives back the memory: what is open is recorded, and no more is read of this source. */
  close(): void {
    for (const kept of this.#sessions.values()) this.#memory.release(kept)
    this.#sessions.clear()
  }

  #take(
    decky: string,
    sessionId: string,
    attackerIp: string | null,
    at: number,
    learn: (session: OpenSession) => void,
  ): ReadonlyArray<Fingerprint> {
    const name = nameOf(decky, sessionId)
    const over = this.#sweep(name, at)
    const kept = this.#sessions.get(name) ?? {
      name: copied(name),
      session: openSession(decky, sessionId, attackerIp, at),
      owner: this,
      weight: 0,
    }
    const { session } = kept
    learn(session)
    session.attackerIp ??= attackerIp
    session.first = Math.min(session.first, at)
    session.last = Math.max(session.last, at)
    this.#changed.add(kept.name)
    this.#over.delete(kept.name)
    this.#keep(kept)
    return [...over, ...this.takeEvicted()]
  }

  #keep(kept: KeptSession): void {
    this.#sessions.delete(kept.name)
    this.#sessions.set(kept.name, kept)
    this.#memory.keep(kept, weightOf(kept.session))
  }

  /** Ends what is idle at this time; the session that is being told of, wherever it stands. */
  #sweep(name: string, at: number): Array<Fingerprint> {
    const told = this.#sessions.get(name)
    const over = told !== undefined && this.#isIdle(told, at) ? this.#end(told) : []
    for (const oldest of this.#sessions.values()) {
      if (!this.#isIdle(oldest, at)) break
      over.push(...this.#end(oldest))
    }
    return over
  }

  // Either way: a clock that was wrong for a while must not keep sessions open for ever.
  #isIdle({ session }: KeptSession, at: number): boolean {
    return Math.abs(at - session.last) > this.#idleMicros
  }

  #end(kept: KeptSession | undefined): Array<Fingerprint> {
    if (kept === undefined) return []
    const { name, session } = kept
    this.#memory.release(kept)
    this.#sessions.delete(name)
    this.#changed.delete(name)
    if (this.#stored.has(name)) this.#over.add(name)
    return [...fingerprintsOfSession(session)]
  }
}

const nameOf = (decky: string, sessionId: string): string => `${decky}\n${sessionId}`
