import * as Config from "effect/Config"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { DataDirectoryUnusable, LogMismatch } from "../eventlog/dataDirectory.ts"
import type { EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { LogPlace } from "../eventlog/LogPlace.ts"
import type { IngestStoreUnavailable } from "../ingest/IngestStore.ts"
import type { ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import type { KeysMismatch } from "../secrets/bindKeys.ts"
import type { SecretKeysUnavailable } from "../secrets/SecretKeys.ts"
import type { SecretVaultUnavailable } from "../secrets/SecretVault.ts"
import type { VectorStore, VectorStoreUnavailable } from "../vectorstore/VectorStore.ts"
import type { VectorStoreMisconfigured } from "../vectorstore/vectorStoreSettings.ts"

const named = Schema.makeFilter((path: string) => path !== "" || "Expected a directory")

/** The command itself: what all its subcommands share. */
export const root = Command.make("credtrail").pipe(
  Command.withDescription(
    "Find passwords reused across your honeypots: where, by whom, since when, and the log line that proves it",
  ),
  Command.withSharedFlags({
    data: Flag.String("data").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("The data directory; also CREDTRAIL_DATA"),
      Flag.withSchema(Schema.String.check(named)),
      Flag.withFallbackConfig(
        Config.String("CREDTRAIL_DATA").pipe(Config.withDefault("./credtrail-data")),
      ),
    ),
    eventstore: Flag.String("eventstore").pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        "Keep the log on the EventStoreDB or KurrentDB server at esdb://...; also CREDTRAIL_EVENTSTORE_URL",
      ),
      Flag.withFallbackConfig(Config.String("CREDTRAIL_EVENTSTORE_URL")),
      Flag.optional,
    ),
  }),
)

/** Why what a command needs cannot be opened. */
export type OpeningError =
  | DataDirectoryUnusable
  | LogMismatch
  | EventLogUnavailable
  | ReadModelUnavailable
  | IngestStoreUnavailable
  | SecretKeysUnavailable
  | SecretVaultUnavailable
  | KeysMismatch

/** What every command has: the shared flags, and where the log is. */
export type Root = LogPlace | Command.CommandContext<"credtrail">

/**
 * Opens services in the directory and on the server that the shared flags name. A command takes
 * what it needs, and main hands it in. It opens nothing before it knows that the call makes sense.
 */
export type Opening<Services> = Layer.Layer<Services, OpeningError, Root>

/** Opens the vectors, apart from the rest: few commands need them. */
export type VectorsOpening = Layer.Layer<
  VectorStore,
  VectorStoreUnavailable | VectorStoreMisconfigured,
  Root
>

/** What the flags and arguments of a command give to its handler. */
export type InputOf<C> =
  C extends Command.Command<infer _Name, infer Input, infer _Context, infer _E, infer _R>
    ? Input
    : never

/** Loads the code of a command only when the command runs, which keeps the others quick to start. */
export const load = <Module>(module: () => Promise<Module>): Effect.Effect<Module> =>
  Effect.promise(module)
