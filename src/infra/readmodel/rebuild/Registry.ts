import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Database } from "better-sqlite3"
import type { Position } from "../../../domain/event/position.ts"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { attemptReadModel } from "../ReadModel.ts"
import { firstGeneration, generationsIn } from "./places.ts"

/** A generation that is kept: when it took over, at which position, with which version of tables. */
export interface Generation {
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

const schema = `
CREATE TABLE generations (
  no INTEGER PRIMARY KEY,
  role TEXT NOT NULL UNIQUE CHECK (role IN ('current', 'previous')),
  since INTEGER,
  position TEXT
) STRICT;
`

const registryOf = (data: string): string => join(generationsIn(data), "registry.sqlite")

const untouched: Generations = {
  current: { no: firstGeneration, since: null, position: null },
  previous: undefined,
}

/**
 * Which generation is the current one: the only place that says so. It changes in one transaction
 * of this small database, made by whoever holds the write lock of the generation that is current.
 * So a transaction on a generation that finds it current here cannot be overtaken by a switch.
 */
export interface Registry {
  readonly read: () => Generations
  /** Makes a generation the current one and the one that was so the previous. */
  readonly switchTo: (next: Generation) => void
  readonly close: () => void
}

/** Looks at the registry, which is there once there has been a rebuild; only a switch makes one. */
export const openRegistry = (data: string): Registry => {
  const file = registryOf(data)
  let database: Database | undefined
  let isMade = false
  return {
    read: () => {
      if (database === undefined && !existsSync(file)) return untouched
      database ??= openDatabase("generationsReader", file)
      isMade ||= versionOf(database) !== 0
      return isMade ? generationsOf(database) : untouched
    },
    switchTo: (next) => {
      mkdirSync(generationsIn(data), { recursive: true })
      const writable = openDatabase("generations", file, make)
      try {
        replace(writable, next)
      } finally {
        writable.close()
      }
    },
    close: () => {
      database?.close()
      database = undefined
    },
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
  return { current: inRole("current") ?? untouched.current, previous: inRole("previous") }
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

/** Asks the registry something. */
export const attemptRegistry = <A>(work: () => A) =>
  attemptReadModel("look which generation is current", work)
