import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { Child } from "../../actors/Child.ts"
import { ingestEnded } from "../../actors/statusRegistry.ts"
import type { OnPoison } from "../../projections/foldBatch.ts"
import type { LogMismatch } from "../eventlog/dataDirectory.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { awaitLog } from "../eventlog/LogAvailability.ts"
import { type FedSource, makeDiscovery } from "../ingest/discoverSources.ts"
import { followSource } from "../ingest/followSource.ts"
import { startProgress } from "../ingest/IngestProgress.ts"
import type { IngestStore } from "../ingest/IngestStore.ts"
import type { IngestSettings, UnknownFormat } from "../ingest/ingestSettings.ts"
import type { IngestError } from "../ingest/ingestSource.ts"
import type { SourceFeed } from "../ingest/SourceFeed.ts"
import { startSource } from "../ingest/SourceIngest.ts"
import type { SourceUnreadable } from "../ingest/SourceUnreadable.ts"
import { sourcePaths, standardInput } from "../ingest/sourcePaths.ts"
import { type ProcessEntry, registerProcess } from "../processes/ProcessRegistry.ts"
import type { ReadModel, ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { isCurrentOlder } from "../readmodel/rebuild/currentReadModel.ts"
import type { SecretVault } from "../secrets/SecretVault.ts"
import type { UnknownTimeZone } from "../sources/zoneCorrection.ts"
import { UsageError } from "./Answer.ts"
import { readModelChildren, sourceChild } from "./service/children.ts"
import { failureClass } from "./service/failureClass.ts"
import { retryWhen } from "./service/retryOnSignal.ts"
import { startService } from "./service/startService.ts"
import { vectorChildren } from "./service/vectorChildren.ts"
import { endKeeping } from "./settleErasures.ts"
import { type IngestInput, noLongerKept, sourceSettings } from "./sourceSettings.ts"

/** What to follow, checked before anything is opened. */
export interface FollowPlan extends IngestInput {
  /** The command as the process registry shows it. */
  readonly command: string
  readonly settings: IngestSettings
}

/** Checks what an operator wants to be followed. */
export const planFollowing = Effect.fn("planFollowing")(function* (
  command: string,
  input: IngestInput,
): Effect.fn.Return<FollowPlan, UsageError | UnknownFormat | UnknownTimeZone | SourceUnreadable> {
  if (input.paths.includes(standardInput)) {
    return yield* new UsageError({
      message: "cannot follow standard input; leave out --follow",
    })
  }
  const settings = yield* sourceSettings(input)
  yield* sourcePaths(input.paths, input.data)
  return { ...input, command, settings }
})

/** Opens the read models, which may take a while: those of an older version are rebuilt first. */
export type ReadModelsLayer<R> = Layer.Layer<
  ReadModel,
  ReadModelUnavailable | EventLogUnavailable | LogMismatch,
  EventLog | R
>

/**
 * Follows sources, keeps the read models live and announces what they find, until it is
 * interrupted. What was begun is then finished: batches are whole or not there. It also ends when
 * there are sources and none of them can be followed any longer.
 */
export const followFiles = Effect.fn("followFiles")(function* <R>(
  plan: FollowPlan,
  {
    readModels,
    retryAsked,
  }: {
    readonly readModels: ReadModelsLayer<R>
    /** Opened by whoever wants everything that has failed to be retried. */
    readonly retryAsked: Latch.Latch
  },
) {
  const { command, data, paths, onPoison, settings } = plan
  const context = yield* Effect.context<EventLog | IngestStore | SecretVault>()
  yield* endKeeping(command, noLongerKept(plan))
  const folding = yield* openedLater(readModels, onPoison)
  // Read models of an older version take a while to be rebuilt: files are followed meanwhile.
  const isUpgrade = yield* isCurrentOlder(data)
  const children = [...(isUpgrade ? [] : yield* folding), ...(yield* vectorChildren(onPoison))]
  const supervisor = yield* startService(data, command, children, "Info")
  yield* Effect.forkScoped(retryWhen(retryAsked, supervisor))
  const upgrading = Effect.gen(function* () {
    for (const child of yield* folding.pipe(whenPossible)) supervisor.add(child)
  })
  const progress = startProgress()
  let failure: IngestError | undefined

  const discovery = yield* makeDiscovery(paths, data, settings)
  const begun = new Set<SourceFeed>()
  const follow = ({ source, feed }: FedSource): Child =>
    sourceChild(source.name, true, (signal) =>
      Effect.gen(function* () {
        const ingest = yield* startSource(source, settings.zone, progress, (position, events) =>
          signal({ type: "progress", position, events }),
        )
        // A restart begins again with every file the source has; their records say where.
        if (begun.has(feed)) discovery.again(feed)
        begun.add(feed)
        yield* followSource(ingest, feed, () => signal({ type: "caughtUp" }))
      }).pipe(
        Effect.tapError((error) =>
          Effect.sync(() => {
            failure = error
          }),
        ),
        Effect.provideContext(context),
      ),
    )

  const warned = new Set<string>()
  const following = Effect.gen(function* () {
    let found = yield* discovery.look
    let sources = 0
    while (true) {
      for (const fed of found.sources) supervisor.add(follow(fed))
      sources += found.sources.length
      for (const warning of found.warnings) yield* Effect.logWarning(warning)
      const naming = progress.deckies.warnings
      const warnings = new Map([...progress.warnings].map((warning) => [warning, warning]))
      for (const [about, warning] of [...warnings, ...naming]) {
        if (warned.has(about)) continue
        warned.add(about)
        yield* Effect.logWarning(warning)
      }
      found = yield* discovery.next
      if (sources > 0 && found.sources.length === 0 && ingestEnded(supervisor.all())) {
        return yield* failure ?? Effect.die(new Error("every source has ended"))
      }
    }
  })
  return yield* isUpgrade
    ? Effect.andThen(Effect.all([upgrading, following], { concurrency: 2 }), Effect.never)
    : following
}, Effect.scoped)

/** Waits until the server of the log answers, and shows in the process registry that it does. */
export const awaitServer = Effect.fn("awaitServer")(function* (
  { command, data }: FollowPlan,
  location: string,
) {
  const since = yield* Clock.currentTimeMillis
  const scope = yield* Effect.scope
  let entry: ProcessEntry | undefined
  yield* awaitLog(location, (error) =>
    Effect.gen(function* () {
      entry ??= yield* registerProcess(data, command, since).pipe(
        Effect.provideService(Scope.Scope, scope),
      )
      yield* entry.report([{ name: "log", state: "waiting", since, error }])
    }),
  )
}, Effect.scoped)

/**
 * The actors that keep the read models up to date, for when these can be opened. They stay open for
 * longer than whatever is started after this in the same scope.
 */
const openedLater = Effect.fnUntraced(function* <R>(
  readModels: ReadModelsLayer<R>,
  onPoison: OnPoison,
) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void))
  return Effect.gen(function* () {
    const opened = yield* Layer.buildWithScope(readModels, scope)
    return yield* readModelChildren(onPoison).pipe(Effect.provideContext(opened))
  })
})

type OpeningError = ReadModelUnavailable | EventLogUnavailable | LogMismatch

/** Waits for as long as another process is rebuilding the read models, or the log is away. */
const whenPossible = <A, R>(
  opening: Effect.Effect<A, OpeningError, R>,
): Effect.Effect<A, OpeningError, R> =>
  Effect.suspend(() => {
    const passes = (error: OpeningError) =>
      error._tag !== "LogMismatch" && (error.kind === "busy" || failureClass(error) === "wait")
    let told = ""
    return opening.pipe(
      Effect.tapError((error) => {
        if (!passes(error) || error.message === told) return Effect.void
        told = error.message
        return Effect.logWarning(`waiting: ${told}`)
      }),
      Effect.retry({ while: passes, schedule: Schedule.spaced("1 second") }),
    )
  })
