import { type Database, SqliteError } from "better-sqlite3"
import { uuidBytes } from "../../../domain/event/uuid.ts"
import {
  type Appended,
  type ExpectedRevision,
  type StreamWrite,
  WrongExpectedRevision,
} from "../EventLog.ts"
import { positionOf } from "../StoredEvent.ts"

/** Appends writes at a recorded time, in milliseconds, in one transaction; see `appendMany`. */
export type EmbeddedAppend = (
  writes: ReadonlyArray<StreamWrite>,
  now: number,
) => ReadonlyArray<Appended | WrongExpectedRevision>

interface StreamRow {
  readonly id: number
  readonly revision: number
}

/** Prepares appending to a log file. */
export const makeEmbeddedAppend = (database: Database): EmbeddedAppend => {
  const head = database
    .prepare<[], number>("SELECT coalesce(max(position), 0) FROM events")
    .pluck(true)
  const findStream = database.prepare<[string], StreamRow>(
    "SELECT stream_id AS id, revision FROM streams WHERE name = ?",
  )
  const addStream = database.prepare("INSERT INTO streams (name, revision) VALUES (?, ?)")
  const moveStream = database.prepare("UPDATE streams SET revision = ? WHERE stream_id = ?")
  const findType = database
    .prepare<[string], number>("SELECT type_id FROM types WHERE name = ?")
    .pluck(true)
  const addType = database.prepare("INSERT INTO types (name) VALUES (?)")
  const addEvent = database.prepare(`
    INSERT INTO events
      (position, stream_id, revision, event_id, type_id, recorded_at, data, metadata)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  const written = database
    .prepare<[number, number, number], [id: Buffer, place: number]>(`
      SELECT event_id, position FROM events
      WHERE stream_id = ? AND revision >= ? ORDER BY revision LIMIT ?`)
    .raw(true)
  const savepoint = database.prepare("SAVEPOINT stream_write")
  const release = database.prepare("RELEASE stream_write")
  const rollback = database.prepare("ROLLBACK TO stream_write")

  const typeId = (type: string): number =>
    findType.get(type) ?? Number(addType.run(type).lastInsertRowid)

  const insert = (
    write: StreamWrite,
    stream: StreamRow | undefined,
    place: number,
    now: number,
  ): Appended => {
    let revision = stream?.revision ?? -1
    let last = place
    const end = revision + write.events.length
    const id = stream?.id ?? Number(addStream.run(write.stream, end).lastInsertRowid)
    if (stream !== undefined) moveStream.run(end, id)
    const typeIds = new Map<string, number>()
    for (const event of write.events) {
      const type = typeIds.get(event.type) ?? typeId(event.type)
      typeIds.set(event.type, type)
      addEvent.run(
        ++last,
        id,
        ++revision,
        uuidBytes(event.id),
        type,
        now,
        JSON.stringify(event.data),
        JSON.stringify(event.metadata),
      )
    }
    return { revision, position: positionOf(last) }
  }

  /** `undefined`, with some of the events inserted, where the log has one of the ids already. */
  const insertNew = (...parameters: Parameters<typeof insert>): Appended | undefined => {
    try {
      return insert(...parameters)
    } catch (cause) {
      if (isKnownId(cause)) return undefined
      throw cause
    }
  }

  /** Where the last of the events is, if exactly these follow the expected revision already. */
  const repeated = (write: StreamWrite, stream: StreamRow): Appended | undefined => {
    const first = write.expectedRevision === "no_stream" ? 0 : write.expectedRevision + 1
    const rows = written.all(stream.id, first, write.events.length)
    let place = 0
    for (const [index, event] of write.events.entries()) {
      const row = rows[index]
      if (row === undefined || !row[0].equals(uuidBytes(event.id))) return undefined
      place = row[1]
    }
    return { revision: first + write.events.length - 1, position: positionOf(place) }
  }

  return database.transaction((writes: ReadonlyArray<StreamWrite>, now: number) => {
    let place = head.get() ?? 0
    return writes.map((write) => {
      const stream = findStream.get(write.stream)
      const actual: ExpectedRevision = stream?.revision ?? "no_stream"
      if (write.expectedRevision !== actual) {
        return (stream && repeated(write, stream)) ?? wrongRevision(write, actual)
      }
      savepoint.run()
      const appended = insertNew(write, stream, place, now)
      if (appended === undefined) rollback.run()
      release.run()
      if (appended === undefined) return wrongRevision(write, actual)
      place += write.events.length
      return appended
    })
  }).immediate
}

const wrongRevision = (write: StreamWrite, actual: ExpectedRevision): WrongExpectedRevision =>
  new WrongExpectedRevision({ stream: write.stream, expected: write.expectedRevision, actual })

const isKnownId = (cause: unknown): boolean =>
  cause instanceof SqliteError &&
  cause.code === "SQLITE_CONSTRAINT_UNIQUE" &&
  cause.message.includes("events.event_id")
