import { ipAddress } from "../../../domain/capture/address.ts"
import type { Outcome } from "../../../domain/capture/capture.ts"
import { serviceName, unknownService } from "../../../domain/capture/service.ts"
import { boundedText } from "../../../domain/event/bounded.ts"
import { parseTimestamp } from "../../../domain/event/timestamp.ts"
import { makeSecret, plaintext } from "../../../domain/secret/secret.ts"
import { type Kept, SessionMemory } from "../SessionMemory.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  rejected,
  type SessionWord,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"
import { cowrieBytes, cowrieText, withoutPythonQuotes } from "./cowrieBytes.ts"

type CowrieEvent = Readonly<Record<string, unknown>>

/** What earlier lines said of a session; `null` is not said (yet). */
interface Session {
  readonly service: string | null
  readonly clientVersion: string | null
  readonly hassh: string | null
}

interface KeptSession extends Kept<KeptSession> {
  readonly name: string
  said: Session
}

const newSession: Session = { service: null, clientVersion: null, hassh: null }
const sessionLimit = 100_000
/** What all Cowrie logs of the process may have remembered: the limit above, where little is said. */
const memory = new SessionMemory<KeptSession>(24 * 1024 * 1024)

const parser = ({ zone }: ParserSettings): RecordParser => {
  // Kept across files: a session may start before midnight, and so in the file before.
  const sessions = new Map<string, KeptSession>()
  const owner = { evict: ({ name }: KeptSession) => void sessions.delete(name) }

  const remembered = (session: string): Session => sessions.get(session)?.said ?? newSession

  const learn = (event: CowrieEvent, usual: string | null, news: Partial<Session>): void => {
    if (typeof event.session !== "string") return
    const known = remembered(event.session)
    const service = serviceOf(event.protocol) ?? known.service ?? usual
    const { session: name } = event
    const kept = sessions.get(name) ?? { name, owner, weight: 0, said: newSession }
    kept.said = { ...known, ...news, service }
    sessions.set(name, kept)
    memory.keep(kept, weightOf(kept))
    if (sessions.size > sessionLimit) {
      const oldest = sessions.keys().next()
      if (oldest.done !== true) forget(oldest.value)
    }
  }

  const forget = (session: string): void => {
    const kept = sessions.get(session)
    if (kept === undefined) return
    sessions.delete(session)
    memory.release(kept)
  }

  /** What an event says of its session, for its fingerprints; an event without a time says nothing. */
  const word = (event: CowrieEvent, said: Partial<SessionWord>): ParsedRecord => {
    const { session, sensor, src_ip, timestamp } = event
    if (typeof session !== "string" || session === "") return nothing
    const at = typeof timestamp === "string" ? parseTimestamp(timestamp, zone) : undefined
    if (at === undefined) return nothing
    const attackerIp = typeof src_ip === "string" ? (ipAddress(src_ip) ?? null) : null
    const service = serviceOf(event.protocol) ?? remembered(session).service
    return {
      captures: [],
      session: {
        sensor: typeof sensor === "string" && sensor !== "" ? sensor : null,
        ...{ sessionId: session, at, attackerIp, service, ...said },
      },
    }
  }

  const login = (record: SourceRecord, event: CowrieEvent, outcome: Outcome): ParsedRecord => {
    const { username, password, timestamp, src_ip, session, sensor, protocol } = event
    if (password === undefined) return offersKey(event) ? nothing : rejected("missing-field")
    if (username === undefined || timestamp === undefined || src_ip === undefined) {
      return rejected("missing-field")
    }
    if (username !== null && typeof username !== "string") return rejected("wrong-type")
    if (password !== null && typeof password !== "string") return rejected("wrong-type")
    if (typeof timestamp !== "string" || typeof src_ip !== "string") return rejected("wrong-type")
    const observedAt = parseTimestamp(timestamp, zone)
    if (observedAt === undefined) return rejected("bad-timestamp")
    const attackerIp = ipAddress(src_ip)
    if (attackerIp === undefined) return rejected("bad-address")
    const sessionId = typeof session === "string" && session !== "" ? session : null
    const known = sessionId === null ? newSession : remembered(sessionId)
    const escaped = escapesCredentials(event)
    const secret =
      password === null ? null : makeSecret(plaintext, cowrieBytes(record, password, escaped))
    const capture: CaptureDraft = {
      observedAt,
      sensor: typeof sensor === "string" && sensor !== "" ? sensor : null,
      service: serviceOf(protocol) ?? known.service ?? unknownService,
      attackerIp,
      sessionId,
      principal: username === null ? null : cowrieText(record, username, escaped),
      secret,
      outcome,
      fields: fieldsOf(known),
    }
    return { captures: [capture] }
  }

  const end = (event: CowrieEvent): ParsedRecord => {
    const parsed = word(event, { ended: true })
    if (typeof event.session === "string") forget(event.session)
    return parsed
  }

  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.text.trim() === "") return nothing
    const event = record.object
    if (typeof event === "string") return rejected(event)
    switch (event.eventid) {
      case "cowrie.session.connect":
        learn(event, null, {})
        return word(event, {})
      // Only SSH clients send a version and a key exchange.
      case "cowrie.client.version": {
        const clientVersion = clientVersionOf(event.version)
        learn(event, "ssh", { clientVersion })
        return word(event, {
          ...(clientVersion === null ? {} : { clientVersion }),
          // Until 2018 the key exchange was told with the version.
          ...keyExchangeOf(event),
        })
      }
      case "cowrie.client.kex":
        learn(event, "ssh", { hassh: hasshOf(event.hassh) })
        return word(event, keyExchangeOf(event))
      case "cowrie.command.input":
        return typeof event.input === "string"
          ? word(event, { command: cowrieText(record, event.input, escapesCredentials(event)) })
          : nothing
      case "cowrie.login.failed":
        return login(record, event, "failure")
      case "cowrie.login.success":
        return login(record, event, "success")
      case "cowrie.session.closed":
        return end(event)
      case undefined:
        return rejected("missing-field")
      default:
        return typeof event.eventid === "string" ? nothing : rejected("wrong-type")
    }
  }

  return { startFile: () => {}, parse, endFile: () => undefined }
}

const weightOf = ({ name, said: { clientVersion, hassh } }: KeptSession): number =>
  200 + name.length + (clientVersion?.length ?? 0) + (hassh?.length ?? 0)

const serviceOf = (protocol: unknown): string | null =>
  (typeof protocol === "string" && serviceName(protocol)) || null

const clientVersionOf = (version: unknown): string | null =>
  typeof version === "string" && version !== ""
    ? boundedText(withoutPythonQuotes(version), 1024)
    : null

const hasshOf = (hassh: unknown): string | null =>
  typeof hassh === "string" && hassh !== "" ? boundedText(hassh, 128) : null

const mostAlgorithms = 64

const algorithmsOf = (list: unknown): ReadonlyArray<string> =>
  Array.isArray(list)
    ? list
        .filter((name) => typeof name === "string")
        .slice(0, mostAlgorithms)
        .map((name) => boundedText(name, 128))
    : []

const keyExchangeOf = (event: CowrieEvent): Pick<SessionWord, "keyExchange"> => {
  if (!Array.isArray(event.kexAlgs)) return {}
  return {
    keyExchange: {
      kex: algorithmsOf(event.kexAlgs),
      hostKey: algorithmsOf(event.keyAlgs),
      encryption: algorithmsOf(event.encCS),
      mac: algorithmsOf(event.macCS),
      compression: algorithmsOf(event.compCS),
    },
  }
}

const fieldsOf = ({ clientVersion, hassh }: Session): Record<string, string> => ({
  ...(clientVersion === null ? {} : { clientVersion }),
  ...(hassh === null ? {} : { hassh }),
})

// Since 2026 a public key that was offered comes as a login event too; a key is no password.
const offersKey = ({ key, fingerprint, type }: CowrieEvent): boolean =>
  key !== undefined || fingerprint !== undefined || type !== undefined

// The release after the one that began to escape credentials also began to name both ends of the
// connection in every event, which is the one mark of it that a login event bears.
const escapesCredentials = (event: CowrieEvent): boolean =>
  event.src_port !== undefined && event.dst_port !== undefined

const isCowrie = (record: SourceRecord): boolean => {
  const event = record.object
  if (typeof event === "string" || typeof event.eventid !== "string") return false
  return event.eventid.startsWith("cowrie.")
}

/**
 * Cowrie's JSON log (`cowrie.json`), of every release from 2018 on: one event a line, the login
 * events being the captures. What was attacked, and with which client, stands in other events of
 * the same session and is joined to them.
 */
export const cowrie: SourceAdapter = {
  format: "cowrie",
  zoneless: false,
  endsSessions: true,
  recognises: isCowrie,
  parser,
}
