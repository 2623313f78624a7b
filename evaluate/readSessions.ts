import * as Effect from "effect/Effect"
import { keyedSecret } from "../src/domain/secret/keyedSecret.ts"
import { plaintext, type Secret, type TriedSecret } from "../src/domain/secret/secret.ts"
import { secretDigest } from "../src/domain/secret/secretDigest.ts"
import type { Fingerprint } from "../src/domain/session/fingerprint.ts"
import { rarity } from "../src/domain/session/rarity.ts"
import { content } from "../src/infra/ingest/content.ts"
import { findSources } from "../src/infra/ingest/findSources.ts"
import { OpenSessions } from "../src/infra/ingest/OpenSessions.ts"
import { RecordSplitter } from "../src/infra/ingest/RecordSplitter.ts"
import type { Source } from "../src/infra/ingest/source.ts"
import { sourcePaths } from "../src/infra/ingest/sourcePaths.ts"
import { RecordReader } from "../src/infra/sources/RecordReader.ts"
import { SessionMemory } from "../src/infra/sources/SessionMemory.ts"
import type { CaptureDraft, RecordParser, SessionWord } from "../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../src/infra/sources/SourceRecord.ts"

/** A session of the logs, as the evaluation needs it. */
export interface EvaluatedSession {
  readonly id: string
  attackerIp: string
  /** The key it installed, which the fingerprints were not shown; `undefined` where it did not. */
  label: string | undefined
  /** The lines typed, the one with the key left out. */
  commands: number
  /** The pairs tried: principal, a space, and the password's SHA-256. */
  readonly pairs: Set<string>
  readonly vectors: Map<string, Float32Array>
}

/** The body of a public SSH key. */
const publicKey = /\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\w+)\s+([A-Za-z0-9+/=]{16,})/

/**
 * Fingerprints every session in the logs of a directory, as `ingest` does, but for one thing: a
 * line in which a key is installed labels its session and is not shown to the fingerprints.
 */
export const readSessions = async (
  directory: string,
  onFingerprint: (session: EvaluatedSession, fingerprint: Fingerprint) => void,
): Promise<ReadonlyMap<string, EvaluatedSession>> => {
  const { files } = await Effect.runPromise(sourcePaths([directory], "/nowhere"))
  const { sources } = await Effect.runPromise(
    findSources(files, { format: undefined, decky: "{dir}" }),
  )
  const sessions = new Map<string, EvaluatedSession>()
  const sessionOf = (decky: string, sessionId: string): EvaluatedSession => {
    const name = `${decky}\n${sessionId}`
    const known = sessions.get(name)
    if (known !== undefined) return known
    const session: EvaluatedSession = {
      ...{ id: name, attackerIp: "", label: undefined, commands: 0 },
      ...{ pairs: new Set<string>(), vectors: new Map<string, Float32Array>() },
    }
    sessions.set(name, session)
    return session
  }
  const keep = (fingerprints: ReadonlyArray<Fingerprint>): void => {
    for (const fingerprint of fingerprints) {
      onFingerprint(sessionOf(fingerprint.decky, fingerprint.sessionId), fingerprint)
    }
  }
  for (const source of sources) await readSource(source, sessionOf, keep)
  return sessions
}

const readSource = async (
  source: Source,
  sessionOf: (decky: string, sessionId: string) => EvaluatedSession,
  keep: (fingerprints: ReadonlyArray<Fingerprint>) => void,
): Promise<void> => {
  const { adapter, decky = "", files } = source
  const open = new OpenSessions([], {
    memory: new SessionMemory(Number.POSITIVE_INFINITY),
    endsSessions: adapter.endsSessions === true,
    onEvicted: () => {},
    digestOf: (password) => secretDigest(evaluationKey, plaintext, Buffer.from(password)),
  })
  const hear = (word: SessionWord): void => {
    const session = sessionOf(decky, word.sessionId)
    session.attackerIp ||= word.attackerIp ?? ""
    const key = publicKey.exec(word.command ?? "")?.[1]
    if (key !== undefined) {
      session.label = key
      return
    }
    if (word.command !== undefined) session.commands++
    keep(open.hear(decky, word))
  }
  const take = (draft: CaptureDraft): void => {
    const secret = draft.secret === null ? null : sealed(draft.secret, draft.principal)
    const capture = { ...draft, decky, secret }
    if (capture.sessionId !== null) {
      const session = sessionOf(decky, capture.sessionId)
      session.attackerIp ||= capture.attackerIp ?? ""
      session.pairs.add(`${capture.principal ?? ""} ${capture.secret?.digest ?? ""}`)
    }
    keep(open.login(capture, rarity(draft.principal, draft.secret)))
  }
  let parser: RecordParser | undefined
  for (const file of files) {
    if (parser === undefined || adapter.parserPerFile === true) {
      parser = adapter.parser({ zone: () => 0 })
    }
    const reader = new RecordReader(adapter, parser)
    reader.startFile()
    const splitter = new RecordSplitter(adapter.isJson === true)
    for await (const piece of content(file)) {
      for (const { bytes } of splitter.push(piece)) {
        for (const parsed of reader.read(SourceRecord.of(bytes))) {
          if ("rejected" in parsed) continue
          for (const draft of parsed.captures) take(draft)
          if (parsed.session !== undefined) hear(parsed.session)
        }
      }
    }
    reader.endFile()
  }
}

/** What is read here is not kept: a key of all zeros will do. */
export const evaluationKey = new Uint8Array(32)

/** A secret as events say it. */
const sealed = (tried: TriedSecret, principal: string | null): Secret =>
  keyedSecret(evaluationKey, tried, principal)
