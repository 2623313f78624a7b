import { createReadStream, statSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Capture } from "../../src/domain/capture/capture.ts"
import { sha256Hex } from "../../src/domain/event/digest.ts"
import { captureEventId, type EventId, vectorId } from "../../src/domain/event/ids.ts"
import type { Timestamp } from "../../src/domain/event/timestamp.ts"
import { uuidBytes } from "../../src/domain/event/uuid.ts"
import { type Fingerprint, fingerprintEventId } from "../../src/domain/session/fingerprint.ts"
import { fingerprintsOf } from "../../src/domain/session/fingerprintsOf.ts"
import { maskedTokens } from "../../src/domain/session/maskedTokens.ts"
import { passwordRarity } from "../../src/domain/session/rarity.ts"
import type { CommandFact, KeyExchange, LoginFact } from "../../src/domain/session/SessionFacts.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { schema } from "../../src/infra/eventlog/embedded/openLogFile.ts"
import { startProgress } from "../../src/infra/ingest/IngestProgress.ts"
import { IngestStore } from "../../src/infra/ingest/IngestStore.ts"
import { ingestSource } from "../../src/infra/ingest/ingestSource.ts"
import { startSource } from "../../src/infra/ingest/SourceIngest.ts"
import type { Keys } from "../../src/infra/secrets/SecretKeys.ts"
import { SecretVault } from "../../src/infra/secrets/SecretVault.ts"
import { cowrie } from "../../src/infra/sources/cowrie/cowrie.ts"
import { secretOf } from "../../test/support/sealing.ts"
import { side } from "../side.ts"

// One side of the ingest benchmark, in a process of its own: a Cowrie file into a new log. The
// events counted are the file's lines. Arguments: ingest | bare | captures, the Cowrie file, a
// directory.
const [which, file = "", directory = ""] = process.argv.slice(2)

const ours = (): Promise<number> =>
  Effect.gen(function* () {
    const progress = startProgress()
    const source = {
      name: "cowrie.bench",
      adapter: cowrie,
      decky: "bench",
      fallbackDecky: "bench",
      rules: { decky: undefined },
      files: [{ path: file, key: file, compression: undefined, size: statSync(file).size }],
    }
    const ingest = yield* startSource(
      source,
      () => 0,
      progress,
      () => {},
    )
    yield* ingestSource(ingest, (error) => {
      throw error
    })
    return progress.lines
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        layerEmbedded({ file: join(directory, "log.sqlite") }),
        IngestStore.layer({ file: join(directory, "ingest.sqlite"), mode: "read-write" }),
        SecretVault.layer({ file: join(directory, "secrets.sqlite"), keys: benchKeys }),
      ),
    ),
    Effect.runPromise,
  )

interface CowrieEvent {
  readonly eventid: string
  readonly session: string
  readonly src_ip: string
  readonly timestamp: string
  readonly protocol?: string
  readonly username: string
  readonly password?: string
  readonly version?: string
  readonly hassh?: string
  readonly kexAlgs?: ReadonlyArray<string>
  readonly keyAlgs?: ReadonlyArray<string>
  readonly encCS?: ReadonlyArray<string>
  readonly macCS?: ReadonlyArray<string>
  readonly compCS?: ReadonlyArray<string>
  readonly input?: string
}

const parsed = (line: string): CowrieEvent | undefined => {
  try {
    return JSON.parse(line) as CowrieEvent // the benchmark's own file
  } catch {
    return undefined // one of the generator's dirty lines
  }
}

interface Session {
  readonly first: string
  readonly service: string
  clientVersion: string | null
  hassh: string | null
  keyExchange: KeyExchange | null
  readonly logins: Array<LoginFact>
  readonly commands: Array<CommandFact>
}

const begun = ({ timestamp, protocol }: CowrieEvent): Session => ({
  first: timestamp,
  service: protocol ?? "ssh",
  clientVersion: null,
  hassh: null,
  keyExchange: null,
  logins: [],
  commands: [],
})

// Trusts every line: no check, no reject, no resume, no look whether an event is there already, no
// session that goes on in a later run, no bounds. The rows are the same and as durable; with
// `captures` only those of the captures, which is less than was asked for.
const bare = async (fingerprinting: boolean): Promise<number> => {
  const db = new Sqlite(join(directory, "bare.sqlite"))
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.pragma("wal_autocheckpoint = 4000")
  db.pragma("cache_size = -65536")
  db.exec(schema)
  db.exec("INSERT INTO streams VALUES (1, 'capture-bare', 0), (2, 'fingerprint-bare', 0)")
  db.exec("INSERT INTO types VALUES (1, 'credential.captured'), (2, 'attacker.fingerprinted')")
  const insert = db.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
  const moveStream = db.prepare("UPDATE streams SET revision = ? WHERE stream_id = ?")
  const revisions = [-1, -1]
  const sessions = new Map<string, Session>()
  let lines = 0
  let offset = 0
  let position = 0
  const append = (stream: 1 | 2, id: EventId, data: Capture | Fingerprint): void => {
    const revision = (revisions[stream - 1] ?? -1) + 1
    revisions[stream - 1] = revision
    const metadata = JSON.stringify({ schemaVersion: 1, source: { file, line: lines, offset } })
    const written = JSON.stringify(data)
    insert.run(++position, stream, revision, uuidBytes(id), stream, Date.now(), written, metadata)
    if (position % 1000 > 0) return
    commit()
    db.exec("BEGIN")
  }
  const commit = (): void => {
    for (const [index, revision] of revisions.entries()) moveStream.run(revision, index + 1)
    db.exec("COMMIT")
  }
  const end = (event: CowrieEvent, session: Session): void => {
    sessions.delete(event.session)
    if (!fingerprinting) return
    const named = {
      observedAt: session.first as Timestamp, // trusted
      decky: "bench",
      service: session.service,
      attackerIp: event.src_ip,
      sessionId: event.session,
      vectorId: vectorId("bench", event.session),
    }
    for (const fingerprint of fingerprintsOf(named, session)) {
      append(2, fingerprintEventId(fingerprint), fingerprint)
    }
  }
  const login = (event: CowrieEvent, password: string, session: Session): void => {
    const secret = secretOf("plaintext", Buffer.from(password))
    const { service, clientVersion, hassh } = session
    const capture: Capture = {
      observedAt: event.timestamp as Timestamp, // trusted
      decky: "bench",
      service,
      attackerIp: event.src_ip,
      sessionId: event.session,
      principal: event.username,
      secret,
      outcome: event.eventid === "cowrie.login.success" ? "success" : "failure",
      fields: {
        ...(clientVersion === null ? {} : { clientVersion }),
        ...(hassh === null ? {} : { hassh }),
      },
    }
    append(1, captureEventId(capture), capture)
    if (!fingerprinting) return
    session.logins.push({
      at: Date.parse(event.timestamp) * 1000,
      rarity: passwordRarity(event.username, password),
      pair: sha256Hex(Buffer.from(`plaintext ${secret.digest} ${event.username}`)).slice(0, 16),
    })
  }
  db.exec("BEGIN")
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines++
    offset += line.length + 1
    const event = parsed(line)
    if (event === undefined) continue
    const session = sessions.get(event.session) ?? begun(event)
    sessions.set(event.session, session)
    if (event.eventid === "cowrie.client.version") session.clientVersion = event.version ?? ""
    if (event.eventid === "cowrie.client.kex") session.hassh = event.hassh ?? ""
    if (event.kexAlgs !== undefined) {
      session.keyExchange = {
        kex: event.kexAlgs,
        hostKey: event.keyAlgs ?? [],
        encryption: event.encCS ?? [],
        mac: event.macCS ?? [],
        compression: event.compCS ?? [],
      }
    }
    if (event.password !== undefined) login(event, event.password, session)
    else if (event.input !== undefined && fingerprinting) {
      const at = Date.parse(event.timestamp) * 1000
      session.commands.push({ at, tokens: maskedTokens(event.input) })
    }
    if (event.eventid === "cowrie.session.closed") end(event, session)
  }
  commit()
  db.close()
  return lines
}

/** Keys that guard nothing: what is sealed here is made up. */
const key = { id: "0000000000000000", key: new Uint8Array(32) }
const benchKeys: Keys = { index: key.key, indexId: key.id, current: key, keyOf: () => key.key }

await side(which === "ingest" ? ours : () => bare(which === "bare"))
