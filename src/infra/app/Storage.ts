import * as Context from "effect/Context"
import type * as Layer from "effect/Layer"
import type { LogMismatch } from "../eventlog/bindToLog.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { LogAvailability } from "../eventlog/LogAvailability.ts"
import type { LogPlace } from "../eventlog/LogPlace.ts"
import type { IngestStore, IngestStoreUnavailable } from "../ingest/IngestStore.ts"
import type { ReadModel, ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import type { VectorStore, VectorStoreUnavailable } from "../vectorstore/VectorStore.ts"
import type { VectorStoreMisconfigured } from "../vectorstore/vectorStoreSettings.ts"
import type { DataDirectoryUnusable } from "./dataDirectory.ts"

/** What keeps data: the log, the read models, and the record of what has been ingested. */
export type Stores = EventLog | LogAvailability | ReadModel | IngestStore

/** Those of them that something is read into, before it is folded. */
export type SourceStores = Exclude<Stores, ReadModel>

export type StorageError =
  | DataDirectoryUnusable
  | LogMismatch
  | EventLogUnavailable
  | ReadModelUnavailable
  | IngestStoreUnavailable

/**
 * Opens what a command needs from the data directory. Which layers those are is decided in
 * `main.ts`; commands that only read open them read-only, so that they can never disturb.
 */
export class Storage extends Context.Service<
  Storage,
  {
    readonly open: (
      directory: string,
      mode: "read-write" | "read-only",
    ) => Layer.Layer<Stores, StorageError>
    /** Opens the same for writing, without the read models: there may be much to do before they can be. */
    readonly openSources: (directory: string) => Layer.Layer<SourceStores, StorageError>
    /** Opens the read models for a service, built anew first where an older version has made them. */
    readonly openReadModels: (
      directory: string,
    ) => Layer.Layer<ReadModel, ReadModelUnavailable | EventLogUnavailable, EventLog>
    /** Where the log of a data directory is. */
    readonly place: (directory: string) => LogPlace["Service"]
    /** Opens a log alone. */
    readonly openLog: (
      place: LogPlace["Service"],
      mode: "read-write" | "read-only",
    ) => Layer.Layer<EventLog, StorageError>
    /** The vectors, apart from the rest: few commands need them. */
    readonly openVectors: (
      directory: string,
      mode: "read-write" | "read-only",
    ) => Layer.Layer<VectorStore, VectorStoreUnavailable | VectorStoreMisconfigured>
  }
>()("credtrail/Storage") {}
