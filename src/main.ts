import { existsSync, mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import {
  DataDirectoryUnusable,
  type SourceStores,
  Storage,
  type StorageError,
  type Stores,
} from "./infra/app/Storage.ts"
import { credtrail } from "./infra/cli/credtrail.ts"
import { exitCodeOf } from "./infra/cli/exitCodes.ts"
import { load } from "./infra/cli/load.ts"
import { presenter } from "./infra/cli/presenter.ts"
import { visibleLines } from "./infra/cli/render/visible.ts"
import { showFolding } from "./infra/cli/showFolding.ts"
import { endOutput, withStandardOutput } from "./infra/cli/standardOutput.ts"
import type { EventLog, EventLogUnavailable } from "./infra/eventlog/EventLog.ts"
import { eventStoreOf } from "./infra/eventlog/eventStoreOf.ts"
import type { EventStoreSettings } from "./infra/eventlog/eventstoredb/eventStoreSettings.ts"
import { LogPresence } from "./infra/eventlog/LogPresence.ts"
import type { ReadModel, ReadModelMode, ReadModelUnavailable } from "./infra/readmodel/ReadModel.ts"
import { version } from "./version.ts"

// The composition root: which layers a command runs on is decided here and nowhere else. They are
// loaded when a command opens its data, so that help and completions come at once.
const storageOn = (eventstore: EventStoreSettings | undefined): Storage["Service"] => {
  const openLog: Storage["Service"]["openLog"] = (place, mode) =>
    Layer.unwrap(
      Effect.gen(function* () {
        if (place.kind === "eventstore") {
          const { layerEventStore } = yield* load(
            () => import("./infra/eventlog/eventstoredb/EventStoreEventLog.ts"),
          )
          return layerEventStore({ settings: place.settings, mode })
        }
        if (mode === "read-write") yield* prepareDirectory(place.directory, mode)
        const { layerEmbedded } = yield* load(
          () => import("./infra/eventlog/embedded/EmbeddedEventLog.ts"),
        )
        return layerEmbedded({ file: join(place.directory, "log.sqlite"), mode })
      }),
    )
  const place: Storage["Service"]["place"] = (directory) =>
    eventstore === undefined
      ? { kind: "embedded", directory }
      : { kind: "eventstore", settings: eventstore }
  const sources = (
    directory: string,
    mode: "read-write" | "read-only",
  ): Layer.Layer<SourceStores, StorageError> =>
    Layer.unwrap(
      Effect.gen(function* () {
        yield* prepareDirectory(directory, mode)
        const { IngestStore } = yield* load(() => import("./infra/ingest/IngestStore.ts"))
        const { belongToLog } = yield* load(() => import("./infra/eventlog/belongToLog.ts"))
        const log =
          eventstore === undefined
            ? openLog(place(directory), mode)
            : yield* onServer(eventstore, directory, mode)
        // Before the read models are opened, which makes them where there are none.
        const ownLog = Layer.effect(
          LogPresence,
          Effect.map(belongToLog(directory, mode), (away) => ({ away })),
        ).pipe(Layer.provideMerge(log))
        return IngestStore.layer({ file: join(directory, "ingest.sqlite"), mode }).pipe(
          Layer.provideMerge(ownLog),
        )
      }),
    )
  const readModels = (
    directory: string,
    mode: ReadModelMode,
  ): Layer.Layer<ReadModel, ReadModelUnavailable | EventLogUnavailable, EventLog> =>
    Layer.unwrap(
      Effect.gen(function* () {
        if (mode === "read-only") {
          const { layerCurrent } = yield* load(
            () => import("./infra/readmodel/rebuild/currentReadModel.ts"),
          )
          return layerCurrent({ data: directory, mode })
        }
        const { layerUpgraded } = yield* load(
          () => import("./infra/readmodel/rebuild/upgradedReadModel.ts"),
        )
        return layerUpgraded(directory, mode, showFolding)
      }),
    )
  return Storage.of({
    place,
    openLog,
    open: (directory, mode): Layer.Layer<Stores, StorageError> =>
      readModels(directory, mode).pipe(Layer.provideMerge(sources(directory, mode))),
    openSources: (directory) => sources(directory, "read-write"),
    openReadModels: (directory) => readModels(directory, "live"),
    openVectors: (data, mode) =>
      Layer.unwrap(
        Effect.map(
          load(() => import("./infra/vectorstore/chosenVectorStore.ts")),
          ({ layerChosen }) => layerChosen({ data, mode }),
        ),
      ),
  })
}

// The index of ids is only to look them up quickly, and is made from the log again.
const onServer = (
  settings: EventStoreSettings,
  directory: string,
  mode: "read-write" | "read-only",
): Effect.Effect<Layer.Layer<EventLog>> =>
  Effect.map(
    load(() => import("./infra/eventlog/eventstoredb/EventStoreEventLog.ts")),
    ({ layerEventStore }) =>
      layerEventStore({ settings, mode, ids: join(directory, "ids.sqlite") }),
  )

const prepareDirectory = (
  directory: string,
  mode: "read-write" | "read-only",
): Effect.Effect<void, DataDirectoryUnusable> =>
  Effect.try({
    try: () => {
      // For this user alone, since what attackers tried will be in it. What is there keeps its mode.
      if (mode === "read-write") mkdirSync(directory, { recursive: true, mode: 0o700 })
      else if (!existsSync(join(directory, "generations"))) {
        statSync(join(directory, "readmodel.sqlite"))
      }
    },
    catch: (cause) => new DataDirectoryUnusable({ directory, reason: reasonOf(cause, mode) }),
  })

const reasonOf = (cause: unknown, mode: "read-write" | "read-only"): string => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  if (mode === "read-only" && code === "ENOENT") {
    return "there is no data in it yet: run credtrail ingest first, or name another directory with --data"
  }
  if (code === "EEXIST" || code === "ENOTDIR") return "it is a file, not a directory"
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return "permission denied: name another directory with --data"
  }
  return cause instanceof Error ? cause.message : String(cause)
}

const onStorage = credtrail.pipe(
  Command.provideEffect(Storage, ({ eventstore }) =>
    Option.match(eventstore, {
      onNone: () => Effect.succeed(storageOn(undefined)),
      onSome: (url) => Effect.map(eventStoreOf(url), storageOn),
    }),
  ),
)

/** credtrail, called with these arguments. What went wrong has been told when it fails. */
export const runCredtrail = (args: ReadonlyArray<string>) =>
  Command.runWith(onStorage, { version })(args).pipe(
    Effect.provideService(CliOutput.Presenter, presenter),
    // Standard output is for what was asked for.
    Effect.provideService(References.LogToStderr, true),
    Effect.provide(NodeServices.layer),
    Effect.tapCause(tellWhatFailed),
  )

const tellWhatFailed = (
  cause: Cause.Cause<{ readonly _tag: string; readonly message: string }>,
): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = cause.reasons.find(Cause.isFailReason)?.error
  // The presenter has told what is wrong with a call.
  if (error?._tag === "ShowHelp") return Effect.void
  const told = error?.message ?? `this is a mistake in credtrail itself\n${Cause.pretty(cause)}`
  const remedy = error?._tag === "PoisonEvent" ? `\n${poisonRemedy}` : ""
  return Console.error(visibleLines(`credtrail: ${told}${remedy}`))
}

const poisonRemedy =
  "nothing after it is folded until it decodes, or is set aside by credtrail ingest or run with --on-poison"

if (import.meta.main) {
  const program = withStandardOutput(runCredtrail(process.argv.slice(2))).pipe(
    Effect.tapErrorTag("OutputLost", (error) => tellWhatFailed(Cause.fail(error))),
  )
  NodeRuntime.runMain(program, {
    disableErrorReporting: true,
    teardown: (exit, onExit) => endOutput(exit, () => onExit(exitCodeOf(exit))),
  })
}
