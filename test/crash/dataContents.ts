import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RecordedEvent } from "../../src/domain/event/events.ts"
import { EventLog } from "../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { IngestStore } from "../../src/infra/ingest/IngestStore.ts"
import { SecretKeys } from "../../src/infra/secrets/SecretKeys.ts"
import { SecretVault } from "../../src/infra/secrets/SecretVault.ts"
import { layerSqliteVec } from "../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { type KindDigest, VectorStore } from "../../src/infra/vectorstore/VectorStore.ts"
import { type Contents, contentsOfFile } from "../infra/readmodel/readModelContents.ts"
import { eventAt, type Streams, streamsOf } from "./streams.ts"

/** Everything in a data directory that nobody is at work on. */
export interface DataContents {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly streams: Streams
  readonly readModels: Contents
  readonly rejects: ReadonlyArray<string>
  readonly vectors: ReadonlyArray<KindDigest>
}

export const dataContents = (data: string): Promise<DataContents> => {
  const mode = "read-only"
  const keys = Effect.flatMap(SecretKeys, ({ read }) => read).pipe(
    Effect.provide(SecretKeys.layer({ kind: "file", file: process.env.CREDTRAIL_KEY_FILE ?? "" })),
  )
  const vault = Layer.unwrap(
    Effect.map(keys, (held) =>
      SecretVault.layer({ file: join(data, "secrets.sqlite"), keys: held }),
    ),
  )
  const layer = Layer.mergeAll(
    vault,
    layerEmbedded({ file: join(data, "log.sqlite"), mode }),
    IngestStore.layer({ file: join(data, "ingest.sqlite"), mode }),
    layerSqliteVec({ file: join(data, "vectors.sqlite"), mode }),
  )
  return Effect.runPromise(
    Effect.gen(function* () {
      const log = yield* EventLog
      const store = yield* IngestStore
      const events = yield* log.readAll({ direction: "forwards", limit: 1_000_000 })
      const rejects = yield* store.rejects(1_000_000, 0)
      const { openLine } = yield* SecretVault
      return {
        events,
        streams: streamsOf(events),
        readModels: contentsOfFile(join(data, "readmodel.sqlite"), eventAt(events)),
        rejects: rejects
          .map(({ source, file, line, offset, reason, bytes, length }) =>
            [
              source,
              file,
              line,
              offset,
              reason,
              Buffer.from(openLine(bytes)).toString("hex"),
              length,
            ].join(),
          )
          .sort(),
        vectors: yield* (yield* VectorStore).digests,
      }
    }).pipe(Effect.provide(layer)),
  )
}
