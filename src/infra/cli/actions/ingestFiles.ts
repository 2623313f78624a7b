import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { ingestEnded } from "../../../actors/ChildStatus.ts"
import type { Position } from "../../../domain/position.ts"
import { EventLog } from "../../eventlog/EventLog.ts"
import { findSources } from "../../ingest/findSources.ts"
import { type IngestProgress, startProgress } from "../../ingest/IngestProgress.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import { ingestSettings } from "../../ingest/ingestSettings.ts"
import { type IngestError, ingestSource } from "../../ingest/ingestSource.ts"
import { ingestStdin, NotALog } from "../../ingest/ingestStdin.ts"
import type { Source } from "../../ingest/source.ts"
import { sourcePaths, standardInput } from "../../ingest/sourcePaths.ts"
import { catchUp } from "../../readmodel/catchUp.ts"
import type { OnPoison } from "../../readmodel/commitBatch.ts"
import { ReadModel } from "../../readmodel/ReadModel.ts"
import { readModelChildren, sourceChild } from "../../service/children.ts"
import { startService } from "../../service/startService.ts"
import { type IngestSummary, summaryText } from "../render/summaryText.ts"
import { Storage } from "../Storage.ts"
import { showProgress } from "../showProgress.ts"
import { followFiles } from "./followFiles.ts"

export interface IngestInput {
  readonly data: string
  readonly paths: ReadonlyArray<string>
  readonly format: string | undefined
  readonly decky: string | undefined
  readonly timezone: string
  readonly onPoison: OnPoison
}

/** Reads files into the log and folds them, then says what came of it. */
export const ingestFiles = Effect.fn("ingestFiles")(function* (
  input: IngestInput & { readonly follow: boolean; readonly json: boolean },
) {
  if (input.follow) return yield* followFiles("ingest --follow", input)
  const settings = yield* ingestSettings(input)
  const paths = yield* sourcePaths(input.paths)
  const found = yield* findSources(paths, { format: settings.adapter, decky: input.decky })
  const progress = startProgress()
  for (const file of found.sources.flatMap((source) => source.files)) {
    progress.bytesTotal += file.size
  }
  const [unknown] = found.unknown.filter(({ named }) => named)
  progress.unknownFiles.push(...found.unknown.map(({ path }) => path))
  const storage = yield* Storage
  const startedAt = yield* Clock.currentTimeMillis
  const summary = yield* Effect.gen(function* () {
    const log = yield* EventLog
    const { head } = yield* log.health
    yield* ingestSources(input, found.sources, settings, progress).pipe(showProgress(progress))
    yield* catchUp(input.onPoison)
    const seconds = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
    return summaryOf(progress, yield* findingChanges(head), seconds)
  }).pipe(Effect.scoped, Effect.provide(storage.open(input.data, "read-write")))
  for (const warning of progress.warnings) yield* Console.error(`warning: ${warning}`)
  for (const path of progress.unknownFiles) {
    yield* Console.error(`warning: ${new NotALog({ path }).message}`)
  }
  yield* Console.log(input.json ? JSON.stringify(summary, null, 2) : summaryText(summary))
  if (unknown !== undefined) return yield* new NotALog({ path: unknown.path })
})

const ingestSources = Effect.fnUntraced(function* (
  input: IngestInput,
  sources: ReadonlyArray<Source>,
  settings: Effect.Success<ReturnType<typeof ingestSettings>>,
  progress: IngestProgress,
) {
  const context = yield* Effect.context<EventLog | IngestStore>()
  const failures: Array<IngestError | NotALog> = []
  const child = <E extends IngestError | NotALog>(
    name: string,
    ingest: (
      onWritten: (file: string, captures: number) => void,
    ) => Effect.Effect<void, E, EventLog | IngestStore>,
  ) =>
    sourceChild(name, false, (signal) =>
      ingest((position, events) => signal({ type: "progress", position, events })).pipe(
        Effect.tapError((error) => Effect.sync(() => failures.push(error))),
        Effect.provideContext(context),
      ),
    )
  const children = [
    ...(yield* readModelChildren(input.onPoison)),
    ...sources.map((source) =>
      child(source.name, (onWritten) => ingestSource(source, settings.zone, progress, onWritten)),
    ),
    ...(input.paths.includes(standardInput)
      ? [child(standardInput, (onWritten) => ingestStdin(settings, progress, onWritten))]
      : []),
  ]
  const supervisor = yield* startService(input.data, "ingest", children, "Debug")
  yield* supervisor.waitFor(ingestEnded)
  yield* supervisor.stop
  const [failure] = failures
  if (failure !== undefined) return yield* Effect.fail(failure)
})

const findingChanges = Effect.fnUntraced(function* (since: Position) {
  const readModel = yield* ReadModel
  return yield* readModel.attempt("count what changed", (database) =>
    database
      .prepare<[string], { opened: number; grown: number }>(
        `SELECT count(*) FILTER (WHERE change = 'opened') AS opened,
                count(DISTINCT finding_no) FILTER (WHERE change = 'grew') AS grown
           FROM finding_history WHERE position > ?`,
      )
      .get(since),
  )
})

const summaryOf = (
  progress: IngestProgress,
  changes: { readonly opened: number; readonly grown: number } | undefined,
  seconds: number,
): IngestSummary => ({
  files: progress.files,
  unchangedFiles: progress.unchangedFiles,
  unknownFiles: progress.unknownFiles,
  lines: progress.lines,
  captures: progress.captures,
  duplicates: progress.duplicates,
  rejected: progress.rejected,
  rejectedByReason: Object.fromEntries(progress.rejectedByReason),
  findingsOpened: changes?.opened ?? 0,
  findingsGrown: changes?.grown ?? 0,
  seconds,
  warnings: [...progress.warnings],
})
