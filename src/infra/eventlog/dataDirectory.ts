import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import { eventSchemas } from "../../domain/event/events.ts"
import { EventLog, type EventLogUnavailable, type LogHealth } from "./EventLog.ts"
import { cannotBeAsked } from "./LogAvailability.ts"

/** The data directory cannot be used; `reason` says why and what to do about it. */
export class DataDirectoryUnusable extends Schema.TaggedError<DataDirectoryUnusable>()(
  "DataDirectoryUnusable",
  { directory: Schema.String, reason: Schema.String },
) {
  override get message(): string {
    return `cannot use the data directory ${this.directory}: ${this.reason}`
  }
}

/**
 * Makes the data directory if it is to be written, for this user alone, since what attackers tried
 * will be in it; one that exists keeps its mode. To be read, it must have read models.
 */
export const prepareDataDirectory = (
  directory: string,
  mode: "read-write" | "read-only",
): Effect.Effect<void, DataDirectoryUnusable> =>
  Effect.try({
    try: () => {
      if (mode === "read-write") mkdirSync(directory, { recursive: true, mode: 0o700 })
      else if (!existsSync(join(directory, "generations"))) {
        statSync(join(directory, "readmodel.sqlite"))
      }
    },
    catch: (cause) => new DataDirectoryUnusable({ directory, reason: reasonOf(cause, mode) }),
  })

/** Fails if the directory holds no data at all; missing read models are fine. */
export const requireData = (directory: string): Effect.Effect<void, DataDirectoryUnusable> =>
  ["log.json", "log.sqlite", "readmodel.sqlite", "generations"].some((made) =>
    existsSync(join(directory, made)),
  )
    ? Effect.void
    : Effect.fail(new DataDirectoryUnusable({ directory, reason: noDataYet }))

const noDataYet =
  "there is no data in it yet: run credtrail ingest first, or name another directory with --data"

/** Warns where other users may enter the data directory. */
export const warnOfOthers = (directory: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const mode = (statSync(directory, { throwIfNoEntry: false })?.mode ?? 0) & 0o777
    return (mode & 0o077) === 0
      ? Effect.void
      : Effect.logWarning(
          `other users may enter ${directory} (mode ${mode.toString(8)}), which holds what attackers tried; run chmod 700 ${directory}`,
        )
  })

const reasonOf = (cause: unknown, mode: "read-write" | "read-only"): string => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  if (mode === "read-only" && code === "ENOENT") {
    return noDataYet
  }
  if (code === "EEXIST" || code === "ENOTDIR") return "it is a file, not a directory"
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return "permission denied: name another directory with --data"
  }
  return cause instanceof Error ? cause.message : String(cause)
}

/** What is in the data directory was made from another log; `remedy` says what to do. */
export class LogMismatch extends Schema.TaggedError<LogMismatch>()("LogMismatch", {
  directory: Schema.String,
  reason: Schema.String,
  remedy: Schema.String,
}) {
  override get message(): string {
    return `the data in ${this.directory} belongs to another log: ${this.reason}. ${this.remedy}`
  }
}

/** Which log a data directory belongs to: where it was, and an event by which it is known again. */
const KnownLog = Schema.Struct({
  layer: Schema.String,
  location: Schema.String,
  event: Schema.NullOr(
    Schema.Struct({
      stream: Schema.String,
      revision: Schema.Int,
      id: Schema.String,
      position: Schema.String,
    }),
  ),
})
type KnownLog = typeof KnownLog.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(KnownLog))
const types = Object.keys(eventSchemas)

/**
 * Makes sure that a data directory is used with the log that it belongs to. Its read models hold
 * positions of one log, which mean nothing in another; its record of what was ingested says that
 * the log has the captures of files. A log is known again by an event: at the same position it is
 * the same log, at another it is a copy, which has the same captures. To a reader a server may be
 * away, or not let itself be asked: what has been read from it can be shown. The answer is why, if
 * so.
 */
export const bindToLog = Effect.fn("bindToLog")(function* (
  directory: string,
  mode: "read-write" | "read-only",
): Effect.fn.Return<string | undefined, LogMismatch | EventLogUnavailable, EventLog | Scope> {
  const log = yield* EventLog
  const file = join(directory, "log.json")
  const look = lookAt(file, directory)
  if (mode === "read-only") {
    return yield* look.pipe(
      Effect.as(undefined),
      Effect.timeoutOrElse({
        duration: patience,
        orElse: () => Effect.succeed(`it has not answered for ${patience}`),
      }),
      Effect.catchTag("EventLogUnavailable", (error) =>
        cannotBeAsked(error) ? Effect.succeed(error.reason) : Effect.fail(error),
      ),
    )
  }
  yield* look
  const remember = Effect.gen(function* () {
    const { layer, location } = yield* log.health
    const [last] = yield* log.readAll({ direction: "backwards", limit: 1, types })
    const event =
      last === undefined
        ? null
        : { stream: last.stream, revision: last.revision, id: last.id, position: last.position }
    const known: KnownLog = { layer, location, event }
    yield* Effect.try(() => {
      writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(known)}\n`)
      renameSync(`${file}.${process.pid}`, file)
    })
  }).pipe(
    Effect.timeout("5 seconds"),
    Effect.catch((error) => Effect.logDebug(`cannot write ${file}: ${error}`)),
  )
  yield* remember
  yield* Effect.addFinalizer(() => remember)
})

/** How long a reader waits for a server. */
const patience = "3 seconds"

const lookAt = Effect.fnUntraced(function* (
  file: string,
  directory: string,
): Effect.fn.Return<void, LogMismatch | EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const health = yield* log.health
  const hasReadModels = ["readmodel.sqlite", "vectors.sqlite", "generations"].some((made) =>
    existsSync(join(directory, made)),
  )
  const known = readKnown(file)
  if (known === undefined) {
    if (health.layer === "embedded" || !hasReadModels) return
    return yield* foreign(directory, health, "an embedded log", rebuildRemedy)
  }
  const { event } = known
  if (event === null) return // an empty log has given no positions
  const [found] = yield* log.readStream(event.stream, {
    direction: "forwards",
    from: event.revision,
    limit: 1,
  })
  const was = `the log at ${known.location}`
  if (found === undefined) {
    // All of the stream may have expired since.
    const sameServer = known.location === health.location && health.layer !== "embedded"
    if (sameServer && health.head >= event.position) return
    return yield* foreign(directory, health, was, copyFirst)
  }
  if (found.revision === event.revision && found.id !== event.id) {
    return yield* foreign(directory, health, was, copyFirst)
  }
  const samePlace =
    found.revision === event.revision
      ? found.position === event.position
      : found.position > event.position && known.layer === health.layer
  if (samePlace || !hasReadModels) return
  return yield* foreign(directory, health, was, rebuildRemedy)
})

const readKnown = (file: string): KnownLog | undefined => {
  try {
    return Option.getOrUndefined(decode(readFileSync(file, "utf8")))
  } catch {
    return undefined // no log has been used here yet
  }
}

/** How to recover from read models of another log. */
export const rebuildRemedy =
  "If that is a copy of it, move readmodel.sqlite and vectors.sqlite, with their -wal and -shm, and the directory generations away: the next credtrail ingest or run rebuilds them from it. Otherwise name another directory with --data"
const copyFirst =
  "Name another directory with --data, or copy the history first: credtrail log copy --from LOG --to LOG"

const foreign = (
  directory: string,
  { location }: LogHealth,
  was: string,
  remedy: string,
): LogMismatch =>
  new LogMismatch({ directory, reason: `it was made from ${was}, not from ${location}`, remedy })
