import { randomUUID } from "node:crypto"
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** The state of one actor as other processes see it; times in milliseconds since 1970. */
export const ActorState = Schema.Struct({
  name: Schema.String,
  state: Schema.String,
  since: Schema.Finite,
  error: Schema.optionalKey(Schema.String),
})
export type ActorState = typeof ActorState.Type

/** A process that works on the data, and its actors. */
export const RunningProcess = Schema.Struct({
  pid: Schema.Int,
  command: Schema.String,
  startedAt: Schema.Finite,
  actors: Schema.Array(ActorState),
})
export type RunningProcess = typeof RunningProcess.Type

/** An entry of the registry; `report` replaces the actors in it. */
export interface ProcessEntry {
  readonly report: (actors: ReadonlyArray<ActorState>) => Effect.Effect<void>
}

const heartbeatMillis = 30_000
// Long: a process that is stopped, or starved by others, is late but not dead.
const deadAfterMillis = 20 * heartbeatMillis

/**
 * Enters this process in the registry of a data directory until the scope closes. A process may
 * have several entries: readers see them as one. The registry is only for people to look at, so
 * a failure to write it is logged and never stops the work.
 */
export const registerProcess = Effect.fnUntraced(function* (
  data: string,
  command: string,
  startedAt: number,
): Effect.fn.Return<ProcessEntry, never, Scope.Scope> {
  const { pid } = process
  const directory = directoryOf(data)
  const file = join(directory, `${ownPrefix()}${randomUUID()}.json`)
  let actors: ReadonlyArray<ActorState> = []
  const write = attempt(() => {
    mkdirSync(directory, { recursive: true, mode: 0o700 }) // may be the first in a new data directory
    writeFileSync(`${file}.tmp`, JSON.stringify({ pid, command, startedAt, actors }))
    renameSync(`${file}.tmp`, file)
  })
  yield* Effect.acquireRelease(write, () => attempt(() => rmSync(file, { force: true })))
  yield* attempt(() => removeDead(directory))
  // Written again, not only touched: it may have been deleted, or never been written.
  yield* write.pipe(Effect.delay(heartbeatMillis), Effect.forever, Effect.forkScoped)
  return {
    report: (reported) =>
      Effect.suspend(() => {
        actors = reported
        return write
      }),
  }
})

/** What the names of this process's files begin with: in a container each process may get the same id. */
const ownPrefix = (): string => `${process.pid}-${Math.trunc(performance.timeOrigin)}-`

const directoryOf = (data: string): string => join(data, "processes")

const attempt = (work: () => void): Effect.Effect<void> =>
  Effect.try({ try: work, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => Effect.logWarning(`cannot write the process registry: ${cause}`)),
  )

/** Removes the entries of processes that were killed. */
const removeDead = (directory: string): void => {
  for (const name of readdirSync(directory)) {
    const pid = Number.parseInt(name, 10)
    const isOther = pid === process.pid && !name.startsWith(ownPrefix())
    if (isOther || !isAlive(pid)) rmSync(join(directory, name), { force: true })
  }
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(RunningProcess))

/** The processes that work on the data now. One that was killed is not among them. */
export const runningProcesses = (data: string, now: number): ReadonlyArray<RunningProcess> => {
  const entries = entriesIn(directoryOf(data), now).toSorted((a, b) => a.startedAt - b.startedAt)
  return [...Map.groupBy(entries, ({ pid }) => pid).values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, actors: [first, ...others].flatMap(({ actors }) => actors) }],
  )
}

const entriesIn = (directory: string, now: number): ReadonlyArray<RunningProcess> =>
  namesIn(directory).flatMap((name) => {
    const file = join(directory, name)
    const beat = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    // Another program may have got the process id since.
    const entry = now - beat < deadAfterMillis ? decode(contentOf(file)) : Option.none()
    return Option.isSome(entry) && isAlive(entry.value.pid) ? [entry.value] : []
  })

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"))
  } catch {
    return [] // no process has ever worked here
  }
}

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return "" // it has just ended
  }
}

/** Whether a process of this id is running on this machine. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}
