import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Child } from "../../actors/Child.ts"
import { ingestEnded } from "../../actors/statusRegistry.ts"
import type { Position } from "../../domain/event/position.ts"
import type { OnPoison } from "../../projections/foldBatch.ts"
import { type ChangesSince, changesSince } from "../../projections/queries/findingHistory.ts"
import { type IngestSummary, summaryText } from "../cli/render/summaryText.ts"
import { jsonText, visible } from "../cli/render/visible.ts"
import { showProgress } from "../cli/showProgress.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import type { SourceBusy } from "../ingest/appendCaptures.ts"
import { findSources } from "../ingest/findSources.ts"
import { type IngestProgress, startProgress } from "../ingest/IngestProgress.ts"
import type { IngestStore } from "../ingest/IngestStore.ts"
import type { IngestSettings } from "../ingest/ingestSettings.ts"
import { type IngestError, ingestSource } from "../ingest/ingestSource.ts"
import { ingestStdin } from "../ingest/ingestStdin.ts"
import { NotALog } from "../ingest/NotALog.ts"
import { type OnWritten, startSource } from "../ingest/SourceIngest.ts"
import type { SourceUnreadable } from "../ingest/SourceUnreadable.ts"
import type { WriteError } from "../ingest/SourceWriter.ts"
import type { Source } from "../ingest/source.ts"
import { sourcePaths, standardInput } from "../ingest/sourcePaths.ts"
import { catchUp } from "../readmodel/catchUp.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { catchUpVectors } from "../vectorstore/projectVectors.ts"
import { followFiles } from "./followFiles.ts"
import { Storage } from "./Storage.ts"
import { readModelChildren, sourceChild } from "./service/children.ts"
import { startService } from "./service/startService.ts"
import { vectorChildren } from "./service/vectorChildren.ts"
import { sourceSettings } from "./sourceSettings.ts"

export interface IngestInput {
  readonly data: string
  readonly paths: ReadonlyArray<string>
  readonly format: string | undefined
  readonly decky: string | undefined
  readonly timezone: string
  readonly onPoison: OnPoison
}

/** Why one source, or one file, could not be ingested: the others can. */
type Problem = SourceBusy | SourceUnreadable | NotALog

/**
 * Reads files into the log and folds them, then says what came of it. What cannot be read does not
 * keep the rest from being read; it is told at the end.
 */
export const ingestFiles = Effect.fn("ingestFiles")(function* (
  input: IngestInput & { readonly follow: boolean; readonly json: boolean },
) {
  if (input.follow) return yield* followFiles("ingest --follow", input)
  const settings = yield* sourceSettings(input)
  const paths = yield* sourcePaths(input.paths, input.data)
  const found = yield* findSources(paths.files, { format: settings.adapter, decky: input.decky })
  const progress = startProgress()
  for (const file of found.sources.flatMap((source) => source.files)) {
    progress.bytesTotal += file.size
  }
  progress.unknownFiles.push(...found.unknown.map(({ path }) => path))
  const problems: Array<Problem> = [...paths.unreadable, ...found.unreadable]
  const strangers: Array<NotALog> = []
  for (const { path, named } of found.unknown) {
    const list = named ? problems : strangers
    list.push(new NotALog({ path }))
  }
  const isNothing = found.sources.length === 0 && !input.paths.includes(standardInput)
  if (isNothing && found.unknown.length === 0 && problems.length === 0) {
    progress.warnings.add(`there is nothing to read in ${input.paths.join(", ")}`)
  }
  if (!isNothing || problems.length === 0) {
    const summary = yield* ingestAndFold(input, found.sources, settings, progress, problems)
    yield* Console.log(input.json ? jsonText(summary, 2) : summaryText(summary))
  }
  const [first, ...others] = problems
  const warnings = [...strangers, ...others].map(({ message }) => message)
  for (const warning of [...progress.warnings, ...warnings]) {
    yield* Console.error(`warning: ${visible(warning)}`)
  }
  if (first !== undefined) return yield* first
})

const ingestAndFold = Effect.fnUntraced(
  function* (
    input: IngestInput,
    sources: ReadonlyArray<Source>,
    settings: IngestSettings,
    progress: IngestProgress,
    problems: Array<Problem>,
  ) {
    const startedAt = yield* Clock.currentTimeMillis
    const log = yield* EventLog
    const { head } = yield* log.health
    yield* ingestSources(input, sources, settings, progress, problems).pipe(showProgress(progress))
    yield* catchUp(input.onPoison)
    yield* catchUpVectors(input.onPoison)
    const seconds = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
    return summaryOf(progress, yield* findingChanges(head), seconds)
  },
  (work, { data }) =>
    Effect.flatMap(Storage, (storage) =>
      work.pipe(
        Effect.scoped,
        Effect.provide(storage.openVectors(data, "read-write")),
        Effect.provide(storage.open(data, "read-write")),
      ),
    ),
)

/**
 * Ingests each source in an actor of its own, one source at a time: so the same files make the
 * same log. They share one thread, so side by side would not be faster.
 */
const ingestSources = Effect.fnUntraced(function* (
  input: IngestInput,
  sources: ReadonlyArray<Source>,
  settings: IngestSettings,
  progress: IngestProgress,
  problems: Array<Problem>,
) {
  const context = yield* Effect.context<EventLog | IngestStore>()
  const failures = new Map<string, WriteError>()
  const child = (
    name: string,
    ingest: (
      onWritten: OnWritten,
    ) => Effect.Effect<void, IngestError | NotALog, EventLog | IngestStore>,
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
  const readers = yield* readModelChildren(input.onPoison)
  const vectors = yield* vectorChildren(input.onPoison)
  const supervisor = yield* startService(
    input.data,
    "ingest",
    [...readers, ...vectors, ...children],
    "Debug",
  )
  yield* supervisor.waitFor(ingestEnded)
  let cutOff: WriteError | undefined
  if (input.paths.includes(standardInput)) {
    // After the files: it may go into the same stream as one of them.
    supervisor.add(
      child(standardInput, (onWritten) =>
        ingestStdin(process.stdin, settings, progress, onWritten).pipe(
          // Not to be tried again: what was read of it is gone.
          Effect.catchTag(["EventLogUnavailable", "IngestStoreUnavailable"], (error) =>
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
  warnings: [...progress.warnings],
})
