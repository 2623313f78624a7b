import type { Capture } from "../../domain/capture/capture.ts"
import { unknownService } from "../../domain/capture/service.ts"
import { boundedText } from "../../domain/event/bounded.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import type { Fingerprint } from "../../domain/session/fingerprint.ts"
import type { SessionWord } from "../sources/SourceAdapter.ts"
import type { SessionChanges, StoredSession } from "./IngestStore.ts"
import {
  addLogin,
  addWord,
  fingerprintsOfSession,
  type OpenSession,
  openSession,
  weightOf,
} from "./OpenSession.ts"

/** A session of which nothing was heard for so long, by the log's own time, is over. */
const idleMicros = 3600 * 1_000_000
/** When the open sessions of a source take more memory than this, the oldest is over. */
const mostWeight = 32 * 1024 * 1024
const nameLimit = 256

/**
 * The sessions of one source that have begun and are not over. A session is over when the log says
 * so, or when the log has gone on for an hour without it: by the log's time and not by the clock,
 * so that reading the same files gives the same, whenever and in however many runs they are read.
 * It answers with the fingerprints of the sessions that have come to be over.
 */
export class OpenSessions {
  // In the order in which they were last heard of.
  readonly #sessions = new Map<string, OpenSession>()
  readonly #changed = new Set<string>()
  readonly #stored = new Set<string>()
  readonly #over = new Set<string>()
  #weight = 0

  constructor(stored: ReadonlyArray<StoredSession>) {
    const sessions = stored.map(({ session, facts }) => {
      this.#stored.add(session)
      return [session, JSON.parse(facts) as OpenSession] as const // written by `changes`
    })
    for (const [name, session] of sessions.sort(([, a], [, b]) => a.last - b.last)) {
      this.#sessions.set(name, session)
      this.#weight += weightOf(session)
    }
  }

  /** An attempt, of which its session is told. */
  login(capture: Capture): ReadonlyArray<Fingerprint> {
    const { decky, sessionId, attackerIp, service } = capture
    if (sessionId === null || sessionId === "") return []
    const at = timestampMicros(capture.observedAt)
    return this.#take(decky, sessionId, attackerIp, at, (session) => {
      if (service !== unknownService) session.service = service
      addLogin(session, capture, at)
    })
  }

  /** What a line says of a session of this host. */
  hear(decky: string, word: SessionWord): ReadonlyArray<Fingerprint> {
    const host = boundedText(decky, nameLimit)
    const id = boundedText(word.sessionId, nameLimit)
    const name = nameOf(host, id)
    const at = word.at === null ? this.#sessions.get(name)?.last : timestampMicros(word.at)
    if (at === undefined) return []
    if (word.ended === true && !this.#sessions.has(name)) return []
    const over = this.#take(host, id, word.attackerIp, at, (session) => {
      if (word.service !== null) session.service = boundedText(word.service, nameLimit)
      addWord(session, word, at)
    })
    return word.ended === true ? [...over, ...this.#end(name)] : over
  }

  /** What is to be recorded: the sessions that have changed, and those that are over. */
  changes(): Omit<SessionChanges, "source"> {
    const open: Array<StoredSession> = []
    for (const session of this.#changed) {
      open.push({ session, facts: JSON.stringify(this.#sessions.get(session)) })
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

  #take(
    decky: string,
    sessionId: string,
    attackerIp: string | null,
    at: number,
    learn: (session: OpenSession) => void,
  ): ReadonlyArray<Fingerprint> {
    const name = nameOf(decky, sessionId)
    const over = this.#sweep(name, at)
    const session = this.#sessions.get(name) ?? openSession(decky, sessionId, attackerIp, at)
    if (this.#sessions.delete(name)) this.#weight -= weightOf(session)
    learn(session)
    session.attackerIp ??= attackerIp
    session.first = Math.min(session.first, at)
    session.last = Math.max(session.last, at)
    this.#sessions.set(name, session)
    this.#weight += weightOf(session)
    this.#changed.add(name)
    this.#over.delete(name)
    return over
  }

  /** Ends what is idle at this time; the session that is being told of, wherever it stands. */
  #sweep(name: string, at: number): Array<Fingerprint> {
    const told = this.#sessions.get(name)
    const over = told !== undefined && isIdle(told, at) ? this.#end(name) : []
    for (const [oldest, session] of this.#sessions) {
      if (!isIdle(session, at) && this.#weight <= mostWeight) break
      over.push(...this.#end(oldest))
    }
    return over
  }

  #end(name: string): Array<Fingerprint> {
    const session = this.#sessions.get(name)
    if (session === undefined) return []
    this.#sessions.delete(name)
    this.#weight -= weightOf(session)
    this.#changed.delete(name)
    if (this.#stored.has(name)) this.#over.add(name)
    return [...fingerprintsOfSession(session)]
  }
}

const nameOf = (decky: string, sessionId: string): string => `${decky}\n${sessionId}`

// Either way: a clock that was wrong for a while must not keep sessions open for ever.
const isIdle = ({ last }: OpenSession, at: number): boolean => Math.abs(at - last) > idleMicros
