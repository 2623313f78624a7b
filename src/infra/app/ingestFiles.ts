import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Child } from "../../actors/Child.ts"
import { ingestEnded } from "../../actors/statusRegistry.ts"
import type { Kept } from "../../domain/event/events.ts"
import type { Position } from "../../domain/event/position.ts"
import type { OnPoison } from "../../projections/foldBatch.ts"
import { type ChangesSince, changesSince } from "../../projections/queries/findingHistory.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import type { SourceBusy } from "../ingest/appendCaptures.ts"
import { findSources } from "../ingest/findSources.ts"
import { type IngestProgress, startProgress } from "../ingest/IngestProgress.ts"
import type { IngestStore } from "../ingest/IngestStore.ts"
import type { IngestSettings, UnknownFormat } from "../ingest/ingestSettings.ts"
import { type IngestError, ingestSource } from "../ingest/ingestSource.ts"
import { ingestStdin } from "../ingest/ingestStdin.ts"
import { type NotALog, passedOver } from "../ingest/NotALog.ts"
import { type OnWritten, startSource } from "../ingest/SourceIngest.ts"
import type { SourceUnreadable } from "../ingest/SourceUnreadable.ts"
import type { WriteError } from "../ingest/SourceWriter.ts"
import type { Source } from "../ingest/source.ts"
import { sourcePaths, standardInput } from "../ingest/sourcePaths.ts"
import { catchUp } from "../readmodel/catchUp.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { catchUpVectors } from "../readmodel/vectors/projectVectors.ts"
import type { SecretVault } from "../secrets/SecretVault.ts"
import type { UnknownTimeZone } from "../sources/zoneCorrection.ts"
import type { Answer, UsageError } from "./Answer.ts"
import { readModelChildren, sourceChild } from "./service/children.ts"
import { startService } from "./service/startService.ts"
import { vectorChildren } from "./service/vectorChildren.ts"
import { endKeeping } from "./settleErasures.ts"
import { type IngestInput, noLongerKept, sourceSettings } from "./sourceSettings.ts"

/** Why one source, or one file, could not be ingested: the others can. */
export type IngestProblem = SourceBusy | SourceUnreadable | NotALog

/** What an ingest has found to read, before anything is opened. */
export interface IngestPlan {
  readonly data: string
  readonly onPoison: OnPoison
  readonly endsKeeping: ReadonlyArray<Kept>
  readonly settings: IngestSettings
  readonly sources: ReadonlyArray<Source>
  /** What is piped in; it is read after the files. */
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  readonly problems: ReadonlyArray<IngestProblem>
  /** Files beside them that are no log of a known format. */
  readonly warnings: ReadonlyArray<string>
  /** Changed in place while the ingest goes on. */
  readonly progress: IngestProgress
}

/** Checks what an operator wants to be read, and finds the sources in it. */
export const planIngest = Effect.fn("planIngest")(function* (
  input: IngestInput,
  piped: AsyncIterable<Uint8Array>,
): Effect.fn.Return<IngestPlan, UsageError | UnknownFormat | UnknownTimeZone | SourceUnreadable> {
  const { data, onPoison } = input
  const endsKeeping = noLongerKept(input)
  const settings = yield* sourceSettings(input)
  const paths = yield* sourcePaths(input.paths, data)
  const { sources, unknown, unreadable } = yield* findSources(paths.files, {
    ...settings,
    format: settings.adapter,
  })
  const stdin = input.paths.includes(standardInput) ? piped : undefined
  const progress = startProgress()
  for (const file of sources.flatMap((source) => source.files)) progress.bytesTotal += file.size
  progress.unknownFiles.push(...unknown.map(({ path }) => path))
  const problems: Array<IngestProblem> = [...paths.unreadable, ...unreadable]
  problems.push(...unknown.filter(({ named }) => named).map(({ notALog }) => notALog))
  const warnings = passedOver(unknown.filter(({ named }) => !named).map(({ notALog }) => notALog))
  if (sources.length + unknown.length + problems.length === 0 && stdin === undefined) {
    progress.warnings.add(`nothing to read in ${input.paths.join(", ")}`)
  }
  return { data, onPoison, endsKeeping, settings, sources, stdin, problems, warnings, progress }
})

/** Whether an ingest has something to read, or found nothing wrong: otherwise nothing is opened. */
export const isWorthwhile = ({ sources, stdin, problems }: IngestPlan): boolean =>
  sources.length > 0 || stdin !== undefined || problems.length === 0

/** What came of an ingest. */
export interface IngestSummary {
  readonly files: number
  readonly unchangedFiles: number
  readonly unknownFiles: ReadonlyArray<string>
  readonly lines: number
  readonly blankLines: number
  readonly nulBytes: number
  readonly captures: number
  readonly duplicates: number
  readonly withoutAddress: number
  readonly withoutService: number
  readonly fingerprints: number
  readonly sessionsEvicted: number
  readonly rejected: number
  readonly rejectedByReason: Readonly<Record<string, number>>
  readonly findingsOpened: number
  readonly findingsGrown: number
  readonly seconds: number
  readonly warnings: ReadonlyArray<string>
}

/** What was read, and why the rest was not, the worst first. */
export interface Ingested {
  readonly summary: IngestSummary
  readonly problems: ReadonlyArray<IngestProblem>
}

/**
 * Reads files into the log, folds them, and says what came of it. What cannot be read does not keep
 * the rest from being read.
 */
export const ingestFiles = Effect.fn("ingestFiles")(function* (plan: IngestPlan) {
  const startedAt = yield* Clock.currentTimeMillis
  const { head } = yield* EventLog.use((log) => log.health)
  yield* endKeeping("ingest", plan.endsKeeping)
  const problems = [...plan.problems]
  yield* Effect.scoped(ingestSources(plan, problems))
  yield* catchUp(plan.onPoison)
  yield* catchUpVectors(plan.onPoison)
  const seconds = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
  const summary = summaryOf(plan.progress, yield* findingChanges(head), seconds)
  const ingested: Answer<Ingested> = {
    answer: { summary, problems },
    warnings: [...summary.warnings, ...plan.warnings],
  }
  return ingested
})

/**
 * Ingests each source in an actor of its own, one source at a time: so the same files make the
 * same log. They share one thread, so side by side would not be faster.
 */
const ingestSources = Effect.fnUntraced(function* (
  { data, onPoison, settings, sources, stdin, progress }: IngestPlan,
  problems: Array<IngestProblem>,
) {
  const context = yield* Effect.context<EventLog | IngestStore | SecretVault>()
  const failures = new Map<string, WriteError>()
  const child = (
    name: string,
    ingest: (
      onWritten: OnWritten,
    ) => Effect.Effect<void, IngestError | NotALog, EventLog | IngestStore | SecretVault>,
  ) => {
    const made: Child = sourceChild(name, false, (signal) =>
      ingest((position, events) => signal({ type: "progress", position, events })).pipe(
        Effect.catchTag(["SourceBusy", "SourceUnreadable", "NotALog"], (problem) =>
          Effect.sync(() => void problems.unshift(problem)),
        ),
        Effect.tapError((error) => Effect.sync(() => failures.set(made.name, error))),
        Effect.provideContext(context),
      ),
    )
    return made
  }
  const turn = yield* Semaphore.make(1)
  const children = sources.map((source) =>
    child(source.name, (onWritten) =>
      Effect.flatMap(startSource(source, settings.zone, progress, onWritten), (ingest) =>
        ingestSource(ingest, (error) => problems.push(error)),
      ).pipe(turn.withPermits(1)),
    ),
  )
  const readers = yield* readModelChildren(onPoison)
  const vectors = yield* vectorChildren(onPoison)
  const supervisor = yield* startService(
    data,
    "ingest",
    [...readers, ...vectors, ...children],
    "Debug",
  )
  yield* supervisor.waitFor(ingestEnded)
  let cutOff: WriteError | undefined
  if (stdin !== undefined) {
    // After the files: it may go into the same stream as one of them.
    supervisor.add(
      child(standardInput, (onWritten) =>
        ingestStdin(stdin, settings, progress, onWritten).pipe(
          // Not to be tried again: what was read of it is gone.
          Effect.catchTag(
            ["EventLogUnavailable", "IngestStoreUnavailable", "SecretVaultUnavailable"],
            (error) =>
              Effect.sync(() => {
                cutOff = error
              }),
          ),
        ),
      ),
    )
  }
  const ended = yield* supervisor.waitFor(ingestEnded)
  yield* supervisor.stop
  if (cutOff !== undefined) return yield* cutOff
  // What failed may have been tried again, and been done then.
  for (const { kind, name, state, error } of ended) {
    if (kind !== "ingest" || state === "done") continue
    return yield* failures.get(name) ?? Effect.die(new Error(`${name}: ${error}`))
  }
})

const findingChanges = Effect.fnUntraced(function* (since: Position) {
  const readModel = yield* ReadModel
  return yield* readModel.attempt("count what changed", (database) => changesSince(database, since))
})

const summaryOf = (
  progress: IngestProgress,
  changes: ChangesSince,
  seconds: number,
): IngestSummary => ({
  files: progress.files,
  unchangedFiles: progress.unchangedFiles,
  unknownFiles: progress.unknownFiles,
  lines: progress.lines,
  blankLines: progress.blankLines,
  nulBytes: progress.nulBytes,
  captures: progress.captures,
  duplicates: progress.duplicates,
  withoutAddress: progress.withoutAddress,
  withoutService: progress.withoutService,
  fingerprints: progress.fingerprints,
  sessionsEvicted: progress.sessionsEvicted,
  rejected: progress.rejected,
  rejectedByReason: Object.fromEntries(progress.rejectedByReason),
  findingsOpened: changes.opened ?? 0,
  findingsGrown: changes.grown ?? 0,
  seconds,
  warnings: [...progress.warnings, ...progress.deckies.warnings.values()],
})
