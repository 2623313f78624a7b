import type { Database, Statement } from "better-sqlite3"
import type { EventId } from "../../../domain/event/ids.ts"
import { uuidBytes } from "../../../domain/event/uuid.ts"
import type { ReadStreamOptions } from "../EventLog.ts"
import { StoredEvent, type StoredRow } from "../StoredEvent.ts"

type Direction = ReadStreamOptions["direction"]

/** What is asked of a log file, every answer synchronous. */
export interface EmbeddedReader {
  /** The place of the last event, which is the number of events. */
  readonly head: () => number
  readonly stream: (name: string, options: ReadStreamOptions) => ReadonlyArray<StoredEvent>
  /** Up to `limit` events beyond a place, of some types or all. */
  readonly all: (
    direction: Direction,
    from: number,
    limit: number,
    types?: ReadonlyArray<string>,
  ) => ReadonlyArray<StoredEvent>
  readonly count: (after: number, types?: ReadonlyArray<string>) => number
  readonly known: (ids: ReadonlyArray<EventId>) => ReadonlySet<EventId>
  /** A number that changes when another connection has appended. */
  readonly othersVersion: () => number
}

const columns = `e.position, s.name, e.revision, hex(e.event_id), t.name, e.recorded_at, e.data, e.metadata`
const joins = "CROSS JOIN streams s USING (stream_id) CROSS JOIN types t USING (type_id)"
const orders = {
  forwards: { beyond: ">", order: "ASC" },
  backwards: { beyond: "<", order: "DESC" },
} as const
const idsPerLookup = 500

/** Prepares the questions once. */
export const makeEmbeddedReader = (database: Database): EmbeddedReader => {
  const rows = (sql: string): Statement<Array<number>, StoredRow> =>
    database.prepare<Array<number>, StoredRow>(sql).raw(true)
  const number = <P extends ReadonlyArray<unknown>>(sql: string) =>
    database.prepare<[...P], number>(sql).pluck(true)

  const head = number<[]>("SELECT coalesce(max(position), 0) FROM events")
  const streamId = number<[string]>("SELECT stream_id FROM streams WHERE name = ?")
  const typeId = number<[string]>("SELECT type_id FROM types WHERE name = ?")
  const dataVersion = number<[]>("PRAGMA data_version")
  const countOfType = number<[number, number]>(
    "SELECT count(*) FROM events WHERE type_id = ? AND position > ?",
  )
  const present = database
    .prepare<Array<Buffer>, string>(
      `SELECT hex(event_id) FROM events WHERE event_id IN (${placeholders(idsPerLookup)})`,
    )
    .pluck(true)
  const inStream = {
    forwards: rows(streamSql("forwards")),
    backwards: rows(streamSql("backwards")),
  }
  const everything = { forwards: rows(allSql("forwards")), backwards: rows(allSql("backwards")) }

  const typeIds = new Map<string, number>()
  const resolve = (types: ReadonlyArray<string>): ReadonlyArray<number> => {
    const found: Array<number> = []
    for (const type of new Set(types)) {
      const id = typeIds.get(type) ?? typeId.get(type)
      if (id === undefined) continue // never seen so far; it may be when asked again
      typeIds.set(type, id)
      found.push(id)
    }
    return found
  }
  const filtered = new Map<string, Statement<Array<number>, StoredRow>>()
  const ofTypes = (direction: Direction, count: number): Statement<Array<number>, StoredRow> => {
    const key = `${direction} ${count}`
    const statement = filtered.get(key) ?? rows(typesSql(direction, count))
    filtered.set(key, statement)
    return statement
  }

  return {
    head: () => head.get() ?? 0,
    othersVersion: () => dataVersion.get() ?? 0,
    stream: (name, options) => {
      const id = streamId.get(name)
      if (id === undefined) return []
      const edge = options.direction === "forwards" ? 0 : Number.MAX_SAFE_INTEGER
      const from = options.from ?? edge
      return events(inStream[options.direction].all(id, from, options.limit))
    },
    all: (direction, from, limit, types) => {
      if (types === undefined) return events(everything[direction].all(from, limit))
      const ids = resolve(types)
      if (ids.length === 0) return []
      const parameters = ids.flatMap((id) => [id, from])
      return events(ofTypes(direction, ids.length).all(...parameters, limit))
    },
    count: (after, types) => {
      if (types === undefined) return Math.max(0, (head.get() ?? 0) - after)
      let total = 0
      for (const id of resolve(types)) total += countOfType.get(id, after) ?? 0
      return total
    },
    known: (ids) => {
      const byHex = new Map(ids.map((id) => [id.replaceAll("-", "").toUpperCase(), id]))
      const found = new Set<EventId>()
      for (let start = 0; start < ids.length; start += idsPerLookup) {
        const keys = ids.slice(start, start + idsPerLookup).map((id) => uuidBytes(id))
        const last = keys.at(-1)
        while (last !== undefined && keys.length < idsPerLookup) keys.push(last)
        for (const hex of present.all(...keys)) {
          const id = byHex.get(hex)
          if (id !== undefined) found.add(id)
        }
      }
      return found
    },
  }
}

const events = (rows: ReadonlyArray<StoredRow>): ReadonlyArray<StoredEvent> =>
  rows.map((row) => new StoredEvent(row))

const placeholders = (count: number): string => Array(count).fill("?").join(", ")

const streamSql = (direction: Direction): string => {
  const { beyond, order } = orders[direction]
  return `SELECT ${columns} FROM events e ${joins}
    WHERE e.stream_id = ? AND e.revision ${beyond}= ? ORDER BY e.revision ${order} LIMIT ?`
}

const allSql = (direction: Direction): string => {
  const { beyond, order } = orders[direction]
  return `SELECT ${columns} FROM events e ${joins}
    WHERE e.position ${beyond} ? ORDER BY e.position ${order} LIMIT ?`
}

// The positions of each type come in order from its part of the index and are merged. Asked with
// `type_id IN (...)` instead, SQLite gathers every event of these types and sorts them for each page.
const typesSql = (direction: Direction, count: number): string => {
  const { beyond, order } = orders[direction]
  const one = `SELECT position FROM events WHERE type_id = ? AND position ${beyond} ?`
  const merged = Array(count).fill(one).join(" UNION ALL ")
  return `SELECT ${columns} FROM (${merged} ORDER BY 1 ${order} LIMIT ?) p
    CROSS JOIN events e ON e.position = p.position ${joins} ORDER BY p.position ${order}`
}
