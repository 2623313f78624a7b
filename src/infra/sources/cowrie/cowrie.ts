import type { Outcome } from "../../../domain/capture/capture.ts"
import { serviceName, unknownService } from "../../../domain/capture/service.ts"
import { boundedText } from "../../../domain/event/bounded.ts"
import { plaintext, type TriedSecret, triedSecret } from "../../../domain/secret/secret.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { publicKey } from "../publicKey.ts"
import {
  type CaptureDraft,
  nothing,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  type RejectReason,
  rejected,
  type SessionWord,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { JsonObject, SourceRecord } from "../SourceRecord.ts"
import { type CowrieSession, CowrieSessions } from "./CowrieSessions.ts"
import { cowrieBytes, cowrieText, withoutPythonQuotes } from "./cowrieBytes.ts"
import { escapeSigns } from "./escapeSigns.ts"

const parser = ({ zone }: ParserSettings): RecordParser => {
  const sessions = new CowrieSessions()
  const escapes = escapeSigns()

  const timeOf = (event: JsonObject) => loggedTime(event.timestamp ?? event["@timestamp"], zone)

  const learn = (event: JsonObject, usual: string | null, said: Partial<CowrieSession>) => {
    const id = sessionIdOf(event)
    if (id === null) return
    const known = sessions.get(id)
    const service = serviceOf(event.protocol) ?? known.service ?? usual
    const attackerIp = loggedAddress(event.src_ip) ?? known.attackerIp
    sessions.learn(id, { ...said, service, attackerIp })
  }

  /** What an event says of its session, for its fingerprints; an event without a time says nothing. */
  const word = (event: JsonObject, said: Partial<SessionWord>): ParsedRecord => {
    const sessionId = sessionIdOf(event)
    const at = timeOf(event)
    if (sessionId === null || at === undefined) return nothing
    const attackerIp = loggedAddress(event.src_ip)
    const service = serviceOf(event.protocol) ?? sessions.get(sessionId).service ?? null
    return {
      captures: [],
      session: { sensor: sensorOf(event), sessionId, at, attackerIp, service, ...said },
    }
  }

  const draftOf = (
    record: SourceRecord,
    event: JsonObject,
    secret: TriedSecret | null,
    outcome: Outcome,
  ): CaptureDraft | RejectReason => {
    const username = loggedText(event.username)
    const observedAt = timeOf(event)
    if (username === undefined) return "wrong-type"
    if (observedAt === undefined) return noTime(event.timestamp)
    const sessionId = sessionIdOf(event)
    const session = sessions.get(sessionId)
    return {
      observedAt,
      sensor: sensorOf(event),
      service: serviceOf(event.protocol) ?? session.service ?? unknownService,
      attackerIp: loggedAddress(event.src_ip) ?? session.attackerIp,
      sessionId,
      principal: username === null ? null : cowrieText(record, username, escapes.isUsedIn(event)),
      secret,
      outcome,
      fields: fieldsOf(session),
    }
  }

  const login = (record: SourceRecord, event: JsonObject, outcome: Outcome): ParsedRecord => {
    if (event.password === undefined && offersKey(event)) return keyLogin(record, event, outcome)
    // Where it asks for no authentication at all, there is a user and nothing else.
    const isUnasked = event.password === undefined && outcome === "success"
    if (event.username === undefined || (event.password === undefined && !isUnasked)) {
      return rejected("missing-field")
    }
    const password = loggedText(event.password)
    if (password === undefined) return rejected("wrong-type")
    const bytes = password === null ? null : cowrieBytes(record, password, escapes.isUsedIn(event))
    const secret = bytes === null ? null : triedSecret(plaintext, bytes)
    const draft = draftOf(record, event, secret, outcome)
    return typeof draft === "string" ? rejected(draft) : { captures: [draft] }
  }

  const keyLogin = (record: SourceRecord, event: JsonObject, outcome: Outcome): ParsedRecord => {
    const key = publicKey(event.key)
    if (key === undefined) return nothing
    const draft = draftOf(record, event, key.secret, outcome)
    if (typeof draft === "string") return rejected(draft)
    return { captures: [{ ...draft, fields: { ...draft.fields, ...key.fields } }] }
  }

  /**
   * A key that is offered. From 2.6 on a login event tells what came of it, a moment later: the
   * offer waits for it, as both are one attempt.
   */
  const offer = (record: SourceRecord, event: JsonObject): ParsedRecord => {
    const parsed = keyLogin(record, event, "observed")
    if (!("captures" in parsed)) return parsed
    const [draft] = parsed.captures
    if (draft === undefined || draft.sessionId === null) return parsed
    sessions.learn(draft.sessionId, { offer: draft })
    return nothing
  }

  const end = (event: JsonObject): ParsedRecord => {
    const parsed = word(event, { ended: true })
    const id = sessionIdOf(event)
    if (id !== null) sessions.end(id)
    return parsed
  }

  const understand = (record: SourceRecord, event: JsonObject): ParsedRecord => {
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
      case "cowrie.client.fingerprint":
        return offer(record, event)
      case "cowrie.command.input":
        return typeof event.input === "string"
          ? word(event, { command: cowrieText(record, event.input, escapes.isUsedIn(event)) })
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

  const parse = (record: SourceRecord): ParsedRecord => {
    if (record.isBlank) return nothing
    const event = record.object
    if (typeof event === "string") return rejected(event)
    escapes.learn(event)
    const offers = sessions.takeOffers(sessionIdOf(event))
    const parsed = understand(record, event)
    if (offers.length === 0) return parsed
    if ("captures" in parsed) {
      const [login] = parsed.captures
      const others = offers.filter((offered) => !isSameAttempt(offered, login))
      return { ...parsed, captures: [...others, ...parsed.captures] }
    }
    // They wait for the next event that is understood.
    for (const offered of offers) sessions.learn(offered.sessionId ?? "", { offer: offered })
    return parsed
  }

  return {
    startFile: () => {},
    parse,
    endFile: () => {
      const captures = sessions.takeOffers("all")
      return captures.length === 0 ? undefined : { captures }
    },
  }
}

/** Whether a capture is the login with the key that was offered just before. */
const isSameAttempt = (offered: CaptureDraft, login: CaptureDraft | undefined): boolean =>
  login?.sessionId === offered.sessionId &&
  login.principal === offered.principal &&
  login.secret?.kind === offered.secret?.kind &&
  login.secret?.sha256 === offered.secret?.sha256

const sessionIdOf = ({ session }: JsonObject): string | null =>
  typeof session === "string" && session !== "" ? session : null

const sensorOf = ({ sensor }: JsonObject): string | null =>
  typeof sensor === "string" && sensor !== "" ? sensor : null

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

const keyExchangeOf = (event: JsonObject): Pick<SessionWord, "keyExchange"> => {
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

const fieldsOf = ({ clientVersion, hassh }: CowrieSession): Record<string, string> => ({
  ...(clientVersion === null ? {} : { clientVersion }),
  ...(hassh === null ? {} : { hassh }),
})

const offersKey = ({ key, fingerprint, type }: JsonObject): boolean =>
  key !== undefined || fingerprint !== undefined || type !== undefined

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
  isJson: true,
  zoneless: false,
  endsSessions: true,
  recognises: isCowrie,
  parser,
}
