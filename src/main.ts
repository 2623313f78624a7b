import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import { SecretAccess } from "./infra/app/SecretAccess.ts"
import {
  attackers,
  identify,
  printAttackers,
  printIdentified,
} from "./infra/cli/commands/attackers.ts"
import { audit, printAudit } from "./infra/cli/commands/audit.ts"
import { credentials, printCredentials } from "./infra/cli/commands/credentials.ts"
import {
  deadLetters,
  deadLettersRetry,
  deadLettersShow,
  printDeadLetter,
  printDeadLetters,
  runRetry,
} from "./infra/cli/commands/deadLetters.ts"
import { doctor, printExamination } from "./infra/cli/commands/doctor.ts"
import { erase, runErase } from "./infra/cli/commands/erase.ts"
import {
  findings,
  findingsDiff,
  findingsHistory,
  findingsShow,
  printDiff,
  printFinding,
  printFindings,
  printHistory,
} from "./infra/cli/commands/findings.ts"
import { formats, printFormats } from "./infra/cli/commands/formats.ts"
import { ingest, runIngest } from "./infra/cli/commands/ingest.ts"
import { keys, keysRotate, printKeys, runRotation } from "./infra/cli/commands/keys.ts"
import { log, logCopy, runLogCopy } from "./infra/cli/commands/log.ts"
import { policy, policySet, printPolicy, printPolicyChange } from "./infra/cli/commands/policy.ts"
import { printQueue, queue } from "./infra/cli/commands/queue.ts"
import {
  rebuild,
  runRebuild,
  runVectorsRebuild,
  vectorsRebuild,
} from "./infra/cli/commands/rebuild.ts"
import { printRejects, rejects } from "./infra/cli/commands/rejects.ts"
import { rollback, runRollback } from "./infra/cli/commands/rollback.ts"
import { run, runService } from "./infra/cli/commands/run.ts"
import { printSimilar, similar } from "./infra/cli/commands/similar.ts"
import { printStatus, status } from "./infra/cli/commands/status.ts"
import { printTopic, tail } from "./infra/cli/commands/tail.ts"
import {
  acknowledge,
  label,
  mute,
  note,
  printAcknowledged,
  printLabelled,
  printMuted,
  printNoted,
  printUnmuted,
  unmute,
} from "./infra/cli/commands/triage.ts"
import { knn, printNearest, printVectors, vectors } from "./infra/cli/commands/vectors.ts"
import { printVerified, verify } from "./infra/cli/commands/verify.ts"
import { printWhatIf, whatIf } from "./infra/cli/commands/whatIf.ts"
import { printWhy, why } from "./infra/cli/commands/why.ts"
import { type CredtrailError, exitCodeOf, exitCodes } from "./infra/cli/exitCodes.ts"
import { presenter, printFailure } from "./infra/cli/presenter.ts"
import {
  load,
  type Opening,
  type OpeningError,
  root,
  type VectorsOpening,
} from "./infra/cli/root.ts"
import { showFolding } from "./infra/cli/showProgress.ts"
import { endOutput, withStandardOutput } from "./infra/cli/standardOutput.ts"
import type { EventLog } from "./infra/eventlog/EventLog.ts"
import { LogAvailability } from "./infra/eventlog/LogAvailability.ts"
import { LogPlace, serverAt } from "./infra/eventlog/LogPlace.ts"
import type { IngestStore } from "./infra/ingest/IngestStore.ts"
import type { ReadModel } from "./infra/readmodel/ReadModel.ts"
import type { SecretKeys } from "./infra/secrets/SecretKeys.ts"
import type { SecretVault } from "./infra/secrets/SecretVault.ts"
import { version } from "./version.ts"

// The composition root: which layers a command runs on is decided here and nowhere else. Their code
// is loaded when a command opens its data, so that help and completions come at once.

type Mode = "read-only" | "read-write"

/** A log alone. A server's is looked up by ids in a file only where the data directory is given. */
const logAt = (
  place: LogPlace["Service"],
  mode: Mode,
  data?: string,
): Layer.Layer<EventLog, OpeningError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      if (place.kind === "eventstore") {
        const { layerEventStore } = yield* load(
          () => import("./infra/eventlog/eventstoredb/EventStoreEventLog.ts"),
        )
        const { settings } = place
        // The index is made from the log again where it is lost.
        const ids = data === undefined ? {} : { ids: join(data, "ids.sqlite") }
        return layerEventStore({ settings, mode, ...ids })
      }
      if (mode === "read-write") yield* prepareData(place.directory, mode)
      const { layerEmbedded } = yield* load(
        () => import("./infra/eventlog/embedded/EmbeddedEventLog.ts"),
      )
      return layerEmbedded({ file: join(place.directory, "log.sqlite"), mode })
    }),
  )

const prepareData = (data: string, mode: Mode) =>
  Effect.flatMap(dataDirectory, ({ prepareDataDirectory }) => prepareDataDirectory(data, mode))

const dataDirectory = load(() => import("./infra/eventlog/dataDirectory.ts"))

/** The log, proved to be the one that the data directory was made from. */
const boundLog = (data: string, mode: Mode) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { bindToLog } = yield* dataDirectory
      return Layer.effect(
        LogAvailability,
        Effect.map(bindToLog(data, mode), (away) => ({ away })),
      ).pipe(Layer.provideMerge(logAt(yield* LogPlace, mode, data)))
    }),
  )

/** The same, in a data directory that has been made. */
const preparedLog = (data: string, mode: Mode) =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* prepareData(data, mode)
      const { warnOfOthers } = yield* dataDirectory
      if (mode === "read-write") yield* warnOfOthers(data)
      return boundLog(data, mode)
    }),
  )

/** The record of what has been ingested. */
const ingestStore = (data: string, mode: Mode) =>
  Layer.unwrap(
    Effect.map(
      load(() => import("./infra/ingest/IngestStore.ts")),
      ({ IngestStore }) => {
        const file = join(data, "ingest.sqlite")
        return mode === "read-only"
          ? IngestStore.layerIfReadable(file)
          : IngestStore.layer({ file, mode })
      },
    ),
  )

/** The keys: the operator's, or a file of our own apart from what they guard. */
const secretKeys = (data: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { SecretKeys } = yield* load(() => import("./infra/secrets/SecretKeys.ts"))
      const command = yield* Config.String("CREDTRAIL_KEY_COMMAND").pipe(Config.withDefault(""))
      const file = yield* Config.String("CREDTRAIL_KEY_FILE").pipe(Config.withDefault(""))
      if (command !== "") return SecretKeys.layer({ kind: "command", command })
      if (file !== "") return SecretKeys.layer({ kind: "file", file })
      return SecretKeys.layer({ kind: "own-file", file: join(data, "keys", "keys.json") })
    }).pipe(Effect.orDie), // each has a default
  )

/**
 * The vault of sealed secrets, with the keys that belong to the log, and the ingest record, which holds
 * sealed rejected lines: an erasure applies to both.
 */
const sealedStores = (data: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { bindKeys } = yield* load(() => import("./infra/secrets/bindKeys.ts"))
      const { SecretVault } = yield* load(() => import("./infra/secrets/SecretVault.ts"))
      const { keepErasuresSettled, settleErasures } = yield* load(
        () => import("./infra/app/settleErasures.ts"),
      )
      const vault = SecretVault.layer({
        file: join(data, "secrets.sqlite"),
        keys: yield* bindKeys,
      })
      const settled = Effect.andThen(settleErasures, Effect.forkScoped(keepErasuresSettled))
      return Layer.effectDiscard(settled).pipe(
        Layer.provideMerge(Layer.merge(vault, ingestStore(data, "read-write"))),
      )
    }),
  ).pipe(Layer.provide(secretKeys(data)))

/** Secrets for whoever holds the keys; nothing is opened before it is asked for. */
const secretAccess = (data: string, place: LogPlace["Service"]): SecretAccess["Service"] => {
  const openers = load(() => import("./infra/app/openSecrets.ts"))
  const opened = sealedStores(data).pipe(Layer.provideMerge(logAt(place, "read-write", data)))
  return {
    digestsOf: (kinds, asked) =>
      Effect.flatMap(openers, ({ digestsOf }) => digestsOf(kinds, asked)).pipe(
        Effect.provide(secretKeys(data)),
      ),
    withoutMailbox: (address) =>
      Effect.flatMap(openers, ({ keyedAddress }) => keyedAddress(address)).pipe(
        Effect.provide(secretKeys(data)),
      ),
    reveal: (digests, request) =>
      Effect.flatMap(openers, ({ openSecrets }) => openSecrets(digests, request)).pipe(
        Effect.provide(opened),
      ),
    revealLines: (sealed, request) =>
      Effect.flatMap(openers, ({ openLines }) => openLines(sealed, request)).pipe(
        Effect.provide(opened),
      ),
  }
}

/** The read models; for writing, rebuilt first where an older version has made them. */
const readModels = (data: string, mode: "read-write" | "live") =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { layerUpgraded } = yield* load(
        () => import("./infra/readmodel/rebuild/upgradedReadModel.ts"),
      )
      const { requireOwnLog } = yield* load(() => import("./infra/readmodel/ownLog.ts"))
      return Layer.effectDiscard(requireOwnLog(data)).pipe(
        Layer.provideMerge(layerUpgraded(data, mode, showFolding)),
      )
    }),
  )

/** The read models as they are, for reading; the log may be away. */
const readableModels = (data: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { layerCurrent } = yield* load(
        () => import("./infra/readmodel/rebuild/currentReadModel.ts"),
      )
      const { requireOwnLog } = yield* load(() => import("./infra/readmodel/ownLog.ts"))
      const { askIfThere } = yield* load(() => import("./infra/eventlog/LogAvailability.ts"))
      return Layer.effectDiscard(askIfThere(requireOwnLog(data))).pipe(
        Layer.provideMerge(layerCurrent({ data, mode: "read-only" })),
      )
    }),
  )

const vectorStore = (data: string, mode: Mode, options: { readonly evenIfDamaged?: true } = {}) =>
  Layer.unwrap(
    Effect.map(
      load(() => import("./infra/vectorstore/chosenVectorStore.ts")),
      ({ layerChosen }) => layerChosen({ data, mode, ...options }),
    ),
  )

/** What `--data` names, for what is opened there. */
const inData = <A, E, R>(opened: (data: string) => Layer.Layer<A, E, R>) =>
  Layer.unwrap(Effect.map(root, ({ data }) => opened(data)))

/** The log, whatever the data directory was made from. */
const logAlone: Opening<EventLog> = Layer.unwrap(
  Effect.map(LogPlace, (place) => logAt(place, "read-only")),
)

/** The log alone, for commands that open no read models, or none yet. */
const history: Opening<EventLog | LogAvailability> = inData((data) => boundLog(data, "read-only"))

/** The same, but only if the directory holds data: a rebuild must not create a partial directory. */
const keptHistory: Opening<EventLog | LogAvailability> = inData((data) =>
  Layer.unwrap(Effect.as(existingData(data), boundLog(data, "read-only"))),
)

const existingData = (data: string) =>
  Effect.flatMap(dataDirectory, ({ requireData }) => requireData(data))

/** For commands that only read: opened so that they can never disturb. */
const reading: Opening<EventLog | LogAvailability | ReadModel> = inData((data) =>
  readableModels(data).pipe(Layer.provideMerge(preparedLog(data, "read-only"))),
)

/** The same, with the record of what has been ingested. */
const readingAll: Opening<EventLog | LogAvailability | ReadModel | IngestStore> = inData((data) =>
  ingestStore(data, "read-only").pipe(Layer.provideMerge(reading)),
)

/** For a subscriber, which needs no read models: they only prove that there is data here. */
const subscribing: Opening<EventLog> = Layer.unwrap(
  Effect.map(
    LogPlace,
    (place): Opening<EventLog> => (place.kind === "embedded" ? reading : logAlone),
  ),
)

/** For commands that write. */
const writing: Opening<EventLog | LogAvailability | ReadModel> = inData((data) =>
  readModels(data, "read-write").pipe(Layer.provideMerge(preparedLog(data, "read-write"))),
)

/** The same, with the record of what has been ingested. */
const writingAll: Opening<EventLog | LogAvailability | ReadModel | IngestStore | SecretVault> =
  inData((data) =>
    readModels(data, "read-write").pipe(
      Layer.provideMerge(sealedStores(data)),
      Layer.provideMerge(preparedLog(data, "read-write")),
    ),
  )

/** For commands that have no use where there is no data: they make none. */
const inExistingData = <A>(opened: Opening<A>): Opening<A> =>
  inData((data) => Layer.unwrap(Effect.as(prepareData(data, "read-only"), opened)))

/** For commands that decide about what is there. */
const changing: Opening<EventLog | LogAvailability | ReadModel> = inExistingData(writing)

/** The keys and what they guard, read again each time it is opened. */
const guarded: Opening<EventLog | IngestStore | SecretKeys | SecretVault> = inData((data) =>
  Layer.merge(sealedStores(data), secretKeys(data)).pipe(
    Layer.provideMerge(preparedLog(data, "read-write")),
  ),
)

const readVectors: VectorsOpening = inData((data) => vectorStore(data, "read-only"))
const writtenVectors: VectorsOpening = inData((data) => vectorStore(data, "read-write"))

/** For commands that take captures in, which damaged vectors must not keep from it. */
const ingestVectors: VectorsOpening = inData((data) =>
  vectorStore(data, "read-write", { evenIfDamaged: true }),
)

/** To follow sources, which the read models may come to later. */
const following = {
  log: logAlone,
  sources: inData((data) =>
    sealedStores(data).pipe(Layer.provideMerge(preparedLog(data, "read-write"))),
  ),
  readModels: inData((data) => readModels(data, "live")),
  vectors: ingestVectors,
}

/** A handler with the layers that it needs. */
const using =
  <Input, Layers, A>(handler: (input: Input, layers: Layers) => A, layers: Layers) =>
  (input: Input): A =>
    handler(input, layers)

/** The whole command line. */
export const credtrail = root.pipe(
  Command.withSubcommands([
    ingest.pipe(Command.withHandler(using(runIngest, { ...following, writing: writingAll }))),
    run.pipe(Command.withHandler(using(runService, following))),
    findings.pipe(
      Command.withHandler(using(printFindings, reading)),
      Command.withSubcommands([
        findingsShow.pipe(Command.withHandler(using(printFinding, reading))),
        findingsHistory.pipe(Command.withHandler(using(printHistory, reading))),
        findingsDiff.pipe(Command.withHandler(using(printDiff, reading))),
        acknowledge.pipe(Command.withHandler(using(printAcknowledged, changing))),
        mute.pipe(Command.withHandler(using(printMuted, changing))),
        unmute.pipe(Command.withHandler(using(printUnmuted, changing))),
        note.pipe(Command.withHandler(using(printNoted, changing))),
        label.pipe(Command.withHandler(using(printLabelled, changing))),
      ]),
    ),
    queue.pipe(Command.withHandler(using(printQueue, reading))),
    why.pipe(Command.withHandler(using(printWhy, reading))),
    whatIf.pipe(Command.withHandler(using(printWhatIf, reading))),
    credentials.pipe(Command.withHandler(using(printCredentials, reading))),
    attackers.pipe(
      Command.withHandler(using(printAttackers, reading)),
      Command.withSubcommands([
        identify.pipe(Command.withHandler(using(printIdentified, writing))),
      ]),
    ),
    similar.pipe(Command.withHandler(using(printSimilar, { reading, vectors: readVectors }))),
    vectors.pipe(
      Command.withHandler(using(printVectors, { reading, vectors: readVectors })),
      Command.withSubcommands([
        knn.pipe(Command.withHandler(using(printNearest, { reading, vectors: readVectors }))),
        vectorsRebuild.pipe(
          Command.withHandler(
            using(runVectorsRebuild, { history: keptHistory, vectors: writtenVectors }),
          ),
        ),
      ]),
    ),
    tail.pipe(Command.withHandler(using(printTopic, { log: logAlone, subscribing }))),
    status.pipe(
      Command.withHandler(using(printStatus, { reading: readingAll, vectors: readVectors })),
    ),
    policy.pipe(
      Command.withHandler(using(printPolicy, reading)),
      Command.withSubcommands([
        policySet.pipe(Command.withHandler(using(printPolicyChange, writing))),
      ]),
    ),
    rejects.pipe(Command.withHandler(using(printRejects, readingAll))),
    erase.pipe(Command.withHandler(using(runErase, inExistingData(writingAll)))),
    keys.pipe(
      Command.withHandler(using(printKeys, inExistingData(guarded))),
      Command.withSubcommands([
        keysRotate.pipe(Command.withHandler(using(runRotation, inExistingData(guarded)))),
      ]),
    ),
    audit.pipe(Command.withHandler(using(printAudit, history))),
    deadLetters.pipe(
      Command.withHandler(using(printDeadLetters, { reading, vectors: readVectors })),
      Command.withSubcommands([
        deadLettersShow.pipe(
          Command.withHandler(using(printDeadLetter, { reading, vectors: readVectors })),
        ),
        deadLettersRetry.pipe(
          Command.withHandler(using(runRetry, { writing, vectors: writtenVectors })),
        ),
      ]),
    ),
    rebuild.pipe(
      Command.withHandler(
        using(runRebuild, { history: keptHistory, writing, vectors: writtenVectors }),
      ),
    ),
    verify.pipe(Command.withHandler(using(printVerified, reading))),
    rollback.pipe(Command.withHandler(using(runRollback, keptHistory))),
    log.pipe(
      Command.withSubcommands([logCopy.pipe(Command.withHandler(using(runLogCopy, logAt)))]),
    ),
    formats.pipe(Command.withHandler(printFormats)),
    doctor.pipe(
      Command.withHandler(
        using(printExamination, {
          log: logAlone,
          readModels: reading,
          keys: inData(secretKeys),
          vectors: readVectors,
        }),
      ),
    ),
  ]),
  Command.provideEffect(SecretAccess, ({ data }) =>
    Effect.map(LogPlace, (place) => secretAccess(data, place)),
  ),
  Command.provideEffect(LogPlace, ({ data, eventstore }) =>
    Option.match(eventstore, {
      onNone: () => Effect.succeed<LogPlace["Service"]>({ kind: "embedded", directory: data }),
      onSome: serverAt,
    }),
  ),
)

/** credtrail, called with these arguments. Why it failed has been printed then. */
export const runCredtrail = (args: ReadonlyArray<string>): Effect.Effect<void, CredtrailError> =>
  Command.runWith(credtrail, { version })(args).pipe(
    Effect.provideService(CliOutput.Presenter, presenter),
    // Standard output is for what was asked for.
    Effect.provideService(References.LogToStderr, true),
    Effect.provide(NodeServices.layer),
    Effect.tapCause(printFailure),
  )

if (import.meta.main) {
  // Whatever is made, SQLite's own files among it, is for this user alone: it tells what was tried.
  process.umask(0o077)
  let code: number = exitCodes.failure
  const program = withStandardOutput(runCredtrail(process.argv.slice(2))).pipe(
    Effect.tapErrorTag("OutputLost", (error) => printFailure(Cause.fail(error))),
    Effect.onExit((exit) => Effect.sync(() => (code = exitCodeOf(exit)))),
  )
  NodeRuntime.runMain(program, {
    disableErrorReporting: true,
    teardown: (exit, onExit) => endOutput(exit, () => onExit(code)),
  })
}
