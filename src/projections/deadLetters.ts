import type { Database } from "better-sqlite3"
import type { RecordedEvent } from "../domain/event/events.ts"
import type { FindingId } from "../domain/event/ids.ts"
import type { Position } from "../domain/event/position.ts"
import type { ReuseKey } from "../domain/finding/reuseKey.ts"

/** An event that a projection has set aside. */
export interface DeadLetter {
  readonly projection: string
  readonly position: Position
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  /** Why it cannot be folded; `null` where only its reuse key was in quarantine when it came. */
  readonly reason: string | null
  /** The reuse key that was set aside with it; `null`: the event alone was. */
  readonly findingId: FindingId | null
  /** Whether it has been folded after all. */
  readonly retried: boolean
}

/** A reuse key of which nothing after `since` has been folded. */
export interface Quarantine {
  readonly findingId: FindingId
  readonly since: Position
  readonly key: ReuseKey
}

export const deadLetterOf = (
  projection: string,
  { position, id, type, stream, revision }: RecordedEvent,
  reason: string | null,
  findingId: FindingId | null,
): DeadLetter => ({
  projection,
  position,
  eventId: id,
  type,
  stream,
  revision,
  reason,
  findingId,
  retried: false,
})

export const keepDeadLetters = (db: Database, letters: ReadonlyArray<DeadLetter>): void => {
  if (letters.length === 0) return
  const insert = db.prepare("INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
  for (const { projection, position, eventId, type, stream, revision, ...rest } of letters) {
    const { reason, findingId, retried } = rest
    const flag = retried ? 1 : 0
    insert.run(projection, position, eventId, type, stream, revision, reason, findingId, flag)
  }
}

/** The columns of a {@link DeadLetterRow}. */
export const deadLetterColumns = `projection, position, event_id AS eventId, type, stream, revision,
  reason, finding_id AS findingId, retried`

export type DeadLetterRow = Omit<DeadLetter, "retried"> & { readonly retried: number }

export const asDeadLetter = (row: DeadLetterRow): DeadLetter => ({
  ...row,
  retried: row.retried === 1,
})

/**
 * What has been decided about the events that could not be folded, by position. A rebuild that is
 * given them does the same about the same events. `schema` is the name an attached file has.
 */
export const decisionsOf = (
  db: Database,
  projection: string,
  schema: "main" | "live" = "main",
): ReadonlyMap<Position, DeadLetter> => {
  // Read models of version 1 know of no quarantine.
  const knows = db
    .prepare("SELECT 1 FROM pragma_table_info('dead_letters', ?) WHERE name = 'finding_id'")
    .get(schema)
  const columns =
    knows === undefined
      ? deadLetterColumns.replace("finding_id AS findingId", "NULL AS findingId")
      : deadLetterColumns
  const rows = db
    .prepare<[string], DeadLetterRow>(
      `SELECT ${columns} FROM ${schema}.dead_letters WHERE projection = ? AND reason IS NOT NULL`,
    )
    .all(projection)
  return new Map(rows.map((row) => [row.position, asDeadLetter(row)]))
}

/** The reuse keys of a projection that are in quarantine. */
export const quarantinesOf = (db: Database, projection: string): ReadonlyArray<Quarantine> =>
  db
    .prepare<[string], Omit<Quarantine, "key"> & ReuseKey>(
      `SELECT finding_id AS findingId, since, secret_kind AS secretKind,
              secret_sha256 AS secretSha256, principal
         FROM quarantine WHERE projection = ? ORDER BY since, finding_id`,
    )
    .all(projection)
    .map(({ findingId, since, ...key }) => ({ findingId, since, key }))

/** Asks whether a reuse key is in quarantine for any projection. */
export const inQuarantine = (db: Database): ((id: FindingId) => boolean) => {
  const find = db.prepare<[string]>("SELECT 1 FROM quarantine WHERE finding_id = ?")
  return (id) => find.get(id) !== undefined
}

/** Puts a reuse key in quarantine, or moves on how much of it has been folded. */
export const putInQuarantine = (
  db: Database,
  projection: string,
  { findingId, since, key }: Quarantine,
): void => {
  db.prepare(
    `INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET since = excluded.since`,
  ).run(projection, findingId, since, key.secretKind, key.secretSha256, key.principal)
}
