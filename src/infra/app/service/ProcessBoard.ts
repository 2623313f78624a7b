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
import { isAlive } from "./isAlive.ts"

/** The state of one actor as other processes see it; times in milliseconds since 1970. */
export const ActorState = Schema.Struct({
  name: Schema.String,
  state: Schema.String,
  since: Schema.Finite,
  error: Schema.optionalKey(Schema.String),
})
export type ActorState = typeof ActorState.Type

/** A process at work on the data, and its actors. */
export const WorkingProcess = Schema.Struct({
  pid: Schema.Int,
  command: Schema.String,
  startedAt: Schema.Finite,
  actors: Schema.Array(ActorState),
})
export type WorkingProcess = typeof WorkingProcess.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(WorkingProcess))
const heartbeatMillis = 5000
const deadAfterMillis = 4 * heartbeatMillis

const boardOf = (data: string): string => join(data, "processes")

/** What a process tells the others of itself: `report` replaces what it said before. */
export interface ProcessBoard {
  readonly report: (actors: ReadonlyArray<ActorState>) => Effect.Effect<void>
}

/** What everyone says who has joined in this process, by the file that they share. */
const joined = new Map<string, Array<WorkingProcess>>()

/**
 * Puts this process on the board in the data directory until the scope closes. Where it is there
 * already, what is reported stands beside what it says. The board is only for people to look at: a
 * failure to write it is logged and never stops the work.
 */
export const joinBoard = Effect.fnUntraced(function* (
  data: string,
  command: string,
  startedAt: number,
): Effect.fn.Return<ProcessBoard, never, Scope.Scope> {
  const board = boardOf(data)
  const file = join(board, `${process.pid}.json`)
  let self: WorkingProcess = { pid: process.pid, command, startedAt, actors: [] }
  const others = () => (joined.get(file) ?? []).filter((said) => said !== self)
  const write = (actors: ReadonlyArray<ActorState>) =>
    onBoard(() => {
      const all = others()
      self = { ...self, actors }
      joined.set(file, [...all, self])
      show(board, file)
    })
  yield* Effect.addFinalizer(() =>
    onBoard(() => {
      joined.set(file, others())
      show(board, file)
    }),
  )
  yield* write([])
  yield* onBoard(() => clearAway(board))
  // Written anew rather than touched: it may have been lost, or never been written.
  yield* Effect.suspend(() => write(self.actors)).pipe(
    Effect.delay(heartbeatMillis),
    Effect.forever,
    Effect.forkScoped,
  )
  return { report: write }
})

const show = (board: string, file: string): void => {
  const all = joined.get(file) ?? []
  const [first] = all.toSorted((a, b) => a.startedAt - b.startedAt)
  if (first === undefined) {
    joined.delete(file)
    rmSync(file, { force: true })
    return
  }
  mkdirSync(board, { recursive: true, mode: 0o700 }) // may be the first in a new data directory
  const actors = all.flatMap((said) => said.actors)
  writeFileSync(`${file}.tmp`, JSON.stringify({ ...first, actors }))
  renameSync(`${file}.tmp`, file)
}

/** Removes what processes have left that died without a word. */
const clearAway = (board: string): void => {
  for (const name of readdirSync(board)) {
    const pid = Number.parseInt(name, 10)
    if (!isAlive(pid)) rmSync(join(board, name), { force: true })
  }
}

const onBoard = (work: () => void): Effect.Effect<void> =>
  Effect.try({ try: work, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => Effect.logWarning(`cannot write the board of processes: ${cause}`)),
  )

/** The processes at work on the data now. One that has died without a word is not among them. */
export const workingProcesses = (data: string, now: number): ReadonlyArray<WorkingProcess> => {
  const board = boardOf(data)
  return listed(board).flatMap((name) => {
    const file = join(board, name)
    const alive = now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < deadAfterMillis
    const said = alive ? decode(readIfThere(file)) : Option.none()
    return Option.isSome(said) && isAlive(said.value.pid) ? [said.value] : []
  })
}

const listed = (board: string): ReadonlyArray<string> => {
  try {
    return readdirSync(board).filter((name) => name.endsWith(".json"))
  } catch {
    return [] // no process has ever been at work here
  }
}

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return "" // it has just ended
  }
}
