import { createReadStream, statSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Capture } from "../../src/domain/capture.ts"
import { captureEventId } from "../../src/domain/ids.ts"
import { makeSecret } from "../../src/domain/secret.ts"
import type { Timestamp } from "../../src/domain/timestamp.ts"
import { uuidBytes } from "../../src/domain/uuid.ts"
import { layerEmbedded } from "../../src/infra/eventlog/EmbeddedEventLog.ts"
import { schema } from "../../src/infra/eventlog/embeddedSchema.ts"
import { startProgress } from "../../src/infra/ingest/IngestProgress.ts"
import { IngestStore } from "../../src/infra/ingest/IngestStore.ts"
import { ingestSource } from "../../src/infra/ingest/ingestSource.ts"
import { startSource } from "../../src/infra/ingest/SourceIngest.ts"
import { cowrie } from "../../src/infra/sources/cowrie.ts"
import { side } from "../side.ts"

// One side of the ingest benchmark, in a process of its own: a Cowrie file into a new log. The
// events counted are the file's lines. Arguments: ingest | bare, the Cowrie file, a directory.
const [which, file = "", directory = ""] = process.argv.slice(2)

const ours = (): Promise<number> =>
  Effect.gen(function* () {
    const progress = startProgress()
    const source = {
      name: "cowrie.bench",
      adapter: cowrie,
      decky: "bench",
      fallbackDecky: "bench",
      files: [{ path: file, key: file, gzip: false, size: statSync(file).size }],
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
      Layer.merge(
        layerEmbedded({ file: join(directory, "log.sqlite") }),
        IngestStore.layer({ file: join(directory, "ingest.sqlite"), mode: "read-write" }),
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
}

const parsed = (line: string): CowrieEvent | undefined => {
  try {
    return JSON.parse(line) as CowrieEvent // the benchmark's own file
  } catch {
    return undefined // one of the generator's dirty lines
  }
}

// Trusts every line: no check, no reject, no resume, no look whether an event is there already.
// The rows are the same and as durable.
const bare = async (): Promise<number> => {
  const db = new Sqlite(join(directory, "bare.sqlite"))
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.pragma("wal_autocheckpoint = 4000")
  db.pragma("cache_size = -65536")
  db.exec(schema)
  db.prepare("INSERT INTO streams VALUES (1, 'capture-bare', 0)").run()
  db.prepare("INSERT INTO types VALUES (1, 'credential.captured')").run()
  const insert = db.prepare("INSERT INTO events VALUES (?, 1, ?, ?, 1, ?, ?, ?)")
  const moveStream = db.prepare("UPDATE streams SET revision = ?")
  const sessions = new Map<string, { protocol: string; clientVersion?: string; hassh?: string }>()
  let lines = 0
  let offset = 0
  let position = 0
  db.exec("BEGIN")
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines++
    offset += line.length + 1
    const event = parsed(line)
    if (event === undefined) continue
    const session = sessions.get(event.session) ?? { protocol: event.protocol ?? "ssh" }
    sessions.set(event.session, session)
    if (event.eventid === "cowrie.client.version") session.clientVersion = event.version ?? ""
    else if (event.eventid === "cowrie.client.kex") session.hassh = event.hassh ?? ""
    else if (event.eventid === "cowrie.session.closed") sessions.delete(event.session)
    if (event.password === undefined) continue
    const { protocol, ...fields } = session
    const capture: Capture = {
      observedAt: event.timestamp as Timestamp, // trusted
      decky: "bench",
      service: protocol,
      attackerIp: event.src_ip,
      sessionId: event.session,
      principal: event.username,
      secret: makeSecret("plaintext", Buffer.from(event.password)),
      outcome: event.eventid === "cowrie.login.success" ? "success" : "failure",
      fields: { ...fields },
    }
    const metadata = { schemaVersion: 1, source: { file, line: lines, offset } }
    insert.run(
      ++position,
      position - 1,
      uuidBytes(captureEventId(capture)),
      Date.now(),
      JSON.stringify(capture),
      JSON.stringify(metadata),
    )
    if (position % 1000 === 0) {
      moveStream.run(position - 1)
      db.exec("COMMIT; BEGIN")
    }
  }
  moveStream.run(position - 1)
  db.exec("COMMIT")
  db.close()
  return lines
}

await side(which === "bare" ? bare : ours)
