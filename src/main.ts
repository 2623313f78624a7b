import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import { prepareDataDirectory } from "./infra/app/dataDirectory.ts"
import { SecretAccess } from "./infra/app/SecretAccess.ts"
import {
  attackers,
  identify,
  printAttackers,
  printIdentified,
} from "./infra/cli/commands/attackers.ts"
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
import { ingest, runIngest } from "./infra/cli/commands/ingest.ts"
import { log, logCopy, runLogCopy } from "./infra/cli/commands/log.ts"
import { policy, policySet, printPolicy, printPolicyChange } from "./infra/cli/commands/policy.ts"
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
import { knn, printNearest, printVectors, vectors } from "./infra/cli/commands/vectors.ts"
import { printVerified, verify } from "./infra/cli/commands/verify.ts"
import { printWhatIf, whatIf } from "./infra/cli/commands/whatIf.ts"
import { printWhy, why } from "./infra/cli/commands/why.ts"
import { exitCodeOf } from "./infra/cli/exitCodes.ts"
import { presenter } from "./infra/cli/presenter.ts"
import { visibleLines } from "./infra/cli/render/visible.ts"
import {
  load,
  type Opening,
  type OpeningError,
  root,
  type VectorsOpening,
} from "./infra/cli/root.ts"
import { showFolding } from "./infra/cli/showFolding.ts"
import { endOutput, withStandardOutput } from "./infra/cli/standardOutput.ts"
import type { EventLog } from "./infra/eventlog/EventLog.ts"
import { LogAvailability } from "./infra/eventlog/LogAvailability.ts"
import { LogPlace, serverAt } from "./infra/eventlog/LogPlace.ts"
import type { IngestStore } from "./infra/ingest/IngestStore.ts"
import type { ReadModel, ReadModelMode } from "./infra/readmodel/ReadModel.ts"
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
      if (mode === "read-write") yield* prepareDataDirectory(place.directory, mode)
      const { layerEmbedded } = yield* load(
        () => import("./infra/eventlog/embedded/EmbeddedEventLog.ts"),
      )
      return layerEmbedded({ file: join(place.directory, "log.sqlite"), mode })
    }),
  )

/** The log, proved to be the one that the data directory was made from. */
const boundLog = (data: string, mode: Mode) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { bindToLog } = yield* load(() => import("./infra/eventlog/bindToLog.ts"))
      return Layer.effect(
        LogAvailability,
        Effect.map(bindToLog(data, mode), (away) => ({ away })),
      ).pipe(Layer.provideMerge(logAt(yield* LogPlace, mode, data)))
    }),
  )

/** The same, in a data directory that has been made. */
const preparedLog = (data: string, mode: Mode) =>
  Layer.unwrap(Effect.as(prepareDataDirectory(data, mode), boundLog(data, mode)))

/** The record of what has been ingested. */
const ingestStore = (data: string, mode: Mode) =>
  Layer.unwrap(
    Effect.map(
      load(() => import("./infra/ingest/IngestStore.ts")),
      ({ IngestStore }) => IngestStore.layer({ file: join(data, "ingest.sqlite"), mode }),
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

/** The vault of sealed secrets, under the keys that the log was written with. */
const secretVault = (data: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { bindKeys } = yield* load(() => import("./infra/secrets/bindKeys.ts"))
      const { SecretVault } = yield* load(() => import("./infra/secrets/SecretVault.ts"))
      return SecretVault.layer({ file: join(data, "secrets.sqlite"), keys: yield* bindKeys })
    }),
  ).pipe(Layer.provide(secretKeys(data)))

/** Secrets for whoever holds the keys; nothing is opened before it is asked for. */
const secretAccess = (data: string, place: LogPlace["Service"]): SecretAccess["Service"] => ({
  digestsOf: (kinds, asked) =>
    Effect.flatMap(
      load(() => import("./infra/app/openSecrets.ts")),
      ({ digestsOf }) => digestsOf(kinds, asked),
    ).pipe(Effect.provide(secretKeys(data))),
  reveal: (digests, request) =>
    Effect.flatMap(
      load(() => import("./infra/app/openSecrets.ts")),
      ({ openSecrets }) => openSecrets(digests, request),
    ).pipe(
      Effect.provide(secretVault(data).pipe(Layer.provideMerge(logAt(place, "read-write", data)))),
    ),
})

/** The read models; for writing, rebuilt first where an older version has made them. */
const readModels = (data: string, mode: ReadModelMode) =>
  Layer.unwrap(
    Effect.gen(function* () {
      if (mode === "read-only") {
        const { layerCurrent } = yield* load(
          () => import("./infra/readmodel/rebuild/currentReadModel.ts"),
        )
        return layerCurrent({ data, mode })
      }
      const { layerUpgraded } = yield* load(
        () => import("./infra/readmodel/rebuild/upgradedReadModel.ts"),
      )
      return layerUpgraded(data, mode, showFolding)
    }),
  )

const vectorStore = (data: string, mode: Mode) =>
  Layer.unwrap(
    Effect.map(
      load(() => import("./infra/vectorstore/chosenVectorStore.ts")),
      ({ layerChosen }) => layerChosen({ data, mode }),
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

/** For commands that only read: opened so that they can never disturb. */
const reading: Opening<EventLog | LogAvailability | ReadModel> = inData((data) =>
  readModels(data, "read-only").pipe(Layer.provideMerge(preparedLog(data, "read-only"))),
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
      Layer.provideMerge(ingestStore(data, "read-write")),
      Layer.provideMerge(secretVault(data)),
      Layer.provideMerge(preparedLog(data, "read-write")),
    ),
  )

const readVectors: VectorsOpening = inData((data) => vectorStore(data, "read-only"))
const writtenVectors: VectorsOpening = inData((data) => vectorStore(data, "read-write"))

/** To follow sources, which the read models may come to later. */
const following = {
  log: logAlone,
  sources: inData((data) =>
    Layer.merge(ingestStore(data, "read-write"), secretVault(data)).pipe(
      Layer.provideMerge(preparedLog(data, "read-write")),
    ),
  ),
  readModels: inData((data) => readModels(data, "live")),
  vectors: writtenVectors,
}

const credtrail = root.pipe(
  Command.withSubcommands([
    ingest.pipe(
      Command.withHandler((input) => runIngest(input, { ...following, writing: writingAll })),
    ),
    run.pipe(Command.withHandler((input) => runService(input, following))),
    findings.pipe(
      Command.withHandler((input) => printFindings(input, reading)),
      Command.withSubcommands([
        findingsShow.pipe(Command.withHandler((input) => printFinding(input, reading))),
        findingsHistory.pipe(Command.withHandler((input) => printHistory(input, reading))),
        findingsDiff.pipe(Command.withHandler((input) => printDiff(input, reading))),
      ]),
    ),
    why.pipe(Command.withHandler((input) => printWhy(input, reading))),
    whatIf.pipe(Command.withHandler((input) => printWhatIf(input, reading))),
    credentials.pipe(Command.withHandler((input) => printCredentials(input, reading))),
    attackers.pipe(
      Command.withHandler((input) => printAttackers(input, reading)),
      Command.withSubcommands([
        identify.pipe(Command.withHandler((input) => printIdentified(input, writing))),
      ]),
    ),
    similar.pipe(
      Command.withHandler((input) => printSimilar(input, { reading, vectors: readVectors })),
    ),
    vectors.pipe(
      Command.withHandler((input) => printVectors(input, { reading, vectors: readVectors })),
      Command.withSubcommands([
        knn.pipe(
          Command.withHandler((input) => printNearest(input, { reading, vectors: readVectors })),
        ),
        vectorsRebuild.pipe(
          Command.withHandler((input) =>
            runVectorsRebuild(input, { history, vectors: writtenVectors }),
          ),
        ),
      ]),
    ),
    tail.pipe(Command.withHandler((input) => printTopic(input, { log: logAlone, subscribing }))),
    status.pipe(
      Command.withHandler((input) =>
        printStatus(input, { reading: readingAll, vectors: readVectors }),
      ),
    ),
    policy.pipe(
      Command.withHandler((input) => printPolicy(input, reading)),
      Command.withSubcommands([
        policySet.pipe(Command.withHandler((input) => printPolicyChange(input, writing))),
      ]),
    ),
    rejects.pipe(Command.withHandler((input) => printRejects(input, readingAll))),
    deadLetters.pipe(
      Command.withHandler((input) => printDeadLetters(input, reading)),
      Command.withSubcommands([
        deadLettersShow.pipe(Command.withHandler((input) => printDeadLetter(input, reading))),
        deadLettersRetry.pipe(Command.withHandler((input) => runRetry(input, writing))),
      ]),
    ),
    rebuild.pipe(
      Command.withHandler((input) =>
        runRebuild(input, { history, writing, vectors: writtenVectors }),
      ),
    ),
    verify.pipe(Command.withHandler((input) => printVerified(input, reading))),
    rollback.pipe(Command.withHandler((input) => runRollback(input, history))),
    log.pipe(
      Command.withSubcommands([
        logCopy.pipe(Command.withHandler((input) => runLogCopy(input, logAt))),
      ]),
    ),
    doctor.pipe(
      Command.withHandler((input) =>
        printExamination(input, { log: logAlone, readModels: reading, vectors: readVectors }),
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

/** credtrail, called with these arguments. What went wrong has been told when it fails. */
export const runCredtrail = (args: ReadonlyArray<string>) =>
  Command.runWith(credtrail, { version })(args).pipe(
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
