import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Position } from "../../../domain/event/position.ts"
import { isAlive } from "../../processes/ProcessRegistry.ts"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { attemptReadModel } from "../ReadModel.ts"

/** The directory of all generations but the first, and of their registry. */
export const generationsIn = (data: string): string => join(data, "generations")

/** The first generation is at the top of the data directory, the others each in their own. */
export const firstGeneration = 1

/** The directory that a generation other than the first has for itself. */
export const directoryOf = (data: string, no: number): string =>
  join(generationsIn(data), String(no))

/** The file that holds the read models of a generation. */
export const fileOf = (data: string, no: number): string =>
  join(no === firstGeneration ? data : directoryOf(data, no), "readmodel.sqlite")

/** A generation that is kept: when and at which position it became the current one. */
interface Generation {
  readonly no: number
  /** Milliseconds since 1970; `null` for the first, which was made by the first ingest. */
  readonly since: number | null
  readonly position: Position | null
}

/** The generations of a data directory; without a `previous` nothing can be rolled back. */
export interface Generations {
  readonly current: Generation
  readonly previous: Generation | undefined
}

/**
 * The only place that says which generation is current. It changes in one transaction of this small
 * database, made by whoever holds the write lock of the generation that is current. So a
 * transaction on a generation that finds it current here cannot be overtaken by a promotion.
 */
export interface GenerationRegistry {
  readonly read: () => Generations
  /** Makes a generation the current one, and the one that was so the previous. */
  readonly promote: (next: Generation) => void
  readonly close: () => void
}

const schema = `
CREATE TABLE generations (
  no INTEGER PRIMARY KEY,
  role TEXT NOT NULL UNIQUE CHECK (role IN ('current', 'previous')),
  since INTEGER,
  position TEXT
) STRICT;
`

const onlyTheFirst: Generations = {
  current: { no: firstGeneration, since: null, position: null },
  previous: undefined,
}

/** Opens the registry. Its file exists once there has been a rebuild; only a promotion makes one. */
export const openGenerationRegistry = (data: string): GenerationRegistry => {
  const file = join(generationsIn(data), "registry.sqlite")
  let reader: Database | undefined
  let isMade = false
  return {
    read: () => {
      if (reader === undefined && !existsSync(file)) return onlyTheFirst
      reader ??= openDatabase("generationsReader", file)
      isMade ||= versionOf(reader) !== 0
      return isMade ? generationsOf(reader) : onlyTheFirst
    },
    promote: (next) => {
      mkdirSync(generationsIn(data), { recursive: true })
      const writer = openDatabase("generations", file, make)
      try {
        replace(writer, next)
      } finally {
        writer.close()
      }
    },
    close: () => {
      reader?.close()
      reader = undefined
    },
  }
}

/** The same until the scope closes. */
export const generationRegistry = (data: string): Effect.Effect<GenerationRegistry, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => openGenerationRegistry(data)),
    (opened) => Effect.sync(opened.close),
  )

/** Reads once which generations there are. */
export const readGenerations = (data: string): Generations => {
  const registry = openGenerationRegistry(data)
  try {
    return registry.read()
  } finally {
    registry.close()
  }
}

const versionOf = (database: Database): unknown => database.pragma("user_version", { simple: true })

const make = (database: Database): void => {
  database
    .transaction(() => {
      if (versionOf(database) !== 0) return
      database.exec(schema)
      database.pragma("user_version = 1")
    })
    .immediate()
}

const generationsOf = (database: Database): Generations => {
  const rows = database
    .prepare<[], Generation & { readonly role: string }>(
      "SELECT no, role, since, position FROM generations",
    )
    .all()
  const inRole = (wanted: string): Generation | undefined => {
    const row = rows.find(({ role }) => role === wanted)
    return row === undefined ? undefined : { no: row.no, since: row.since, position: row.position }
  }
  return { current: inRole("current") ?? onlyTheFirst.current, previous: inRole("previous") }
}

const replace = (database: Database, next: Generation): void => {
  const insert = database.prepare("INSERT INTO generations VALUES (?, ?, ?, ?)")
  database
    .transaction(() => {
      const { current } = generationsOf(database)
      database.exec("DELETE FROM generations")
      insert.run(current.no, "previous", current.since, current.position)
      insert.run(next.no, "current", next.since, next.position)
    })
    .immediate()
}

/** How the directory of a scratch generation begins; the id of its process follows. */
export const scratchPrefix = "scratch-"

const isScratchOfDead = (name: string): boolean =>
  name.startsWith(scratchPrefix) && !isAlive(Number.parseInt(name.slice(scratchPrefix.length), 10))

/**
 * The directories that nobody reads any more: generations that are neither the current nor the
 * previous one, and scratch ones whose process has died.
 */
export const leftovers = (
  data: string,
  { current, previous }: Generations,
): ReadonlyArray<string> =>
  readdirSync(generationsIn(data))
    .filter((name) => {
      const isKept = [current.no, previous?.no].includes(Number(name))
      return (/^\d+$/.test(name) && !isKept) || isScratchOfDead(name)
    })
    .map((name) => join(generationsIn(data), name))

/** Removes what nobody reads any more. Only for who holds the rebuild lock. */
export const removeLeftovers = (data: string, generations: Generations): void => {
  const remove = (path: string): void => rmSync(path, { recursive: true, force: true })
  for (const directory of leftovers(data, generations)) remove(directory)
  const { current, previous } = generations
  if (current.no === firstGeneration || previous?.no === firstGeneration) return
  for (const suffix of ["", "-wal", "-shm"]) remove(`${fileOf(data, firstGeneration)}${suffix}`)
}

/** Removes the scratch generations of processes that have died. */
export const removeDeadScratch = (data: string): void => {
  for (const name of readdirSync(generationsIn(data)).filter(isScratchOfDead)) {
    rmSync(join(generationsIn(data), name), { recursive: true, force: true })
  }
}

/** Works with the registry; what SQLite or the file system refuses is {@link ReadModelUnavailable}. */
export const attemptRegistry = <A>(work: () => A) =>
  attemptReadModel("look which generation is current", work)
