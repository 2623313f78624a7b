import type { Database } from "better-sqlite3"
import type { RecordedEvent } from "../domain/event/events.ts"
import type { FindingId } from "../domain/event/ids.ts"
import type { Position } from "../domain/event/position.ts"
import type { Page } from "./queries/Page.ts"

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

export const keepDeadLetters = (db: Database, deadLetters: ReadonlyArray<DeadLetter>): void => {
  if (deadLetters.length === 0) return
  const insert = db.prepare("INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
  for (const { projection, position, eventId, type, stream, revision, ...rest } of deadLetters) {
    const { reason, findingId, retried } = rest
    const flag = retried ? 1 : 0
    insert.run(projection, position, eventId, type, stream, revision, reason, findingId, flag)
  }
}

const columns = `projection, position, event_id AS eventId, type, stream, revision, reason,
  finding_id AS findingId, retried`

type Row = Omit<DeadLetter, "retried"> & { readonly retried: number }

const asDeadLetter = <R extends Row>(row: R) => ({ ...row, retried: row.retried === 1 })

/**
 * What has been decided about the events that could not be folded, by position. A rebuild that is
 * given them does the same about the same events. `schema` is the name an attached file has.
 */
export const decisionsOf = (
  db: Database,
  projection: string,
  schema: "main" | "live" = "main",
): ReadonlyMap<Position, DeadLetter> => {
  const rows = db
    .prepare<[string], Row>(
      `SELECT ${columns} FROM ${schema}.dead_letters WHERE projection = ? AND reason IS NOT NULL`,
    )
    .all(projection)
  return new Map(rows.map((row) => [row.position, asDeadLetter(row)]))
}

/** Whether something that was set aside has been folded since, later than it stands in the log. */
export const hasRetried = (db: Database, schema: "main" | "live" | "rebuilt" = "main"): boolean =>
  db.prepare(`SELECT 1 FROM ${schema}.dead_letters WHERE retried = 1 LIMIT 1`).get() !== undefined

/** Counts the events that could not be folded when they came, retried since or not. */
export const countPoison = (db: Database): number =>
  db
    .prepare<[], number>("SELECT count(*) FROM dead_letters WHERE reason IS NOT NULL")
    .pluck()
    .get() ?? 0

/** Counts the events that are set aside now. */
export const countDeadLetters = (db: Database): number =>
  db.prepare<[], number>("SELECT count(*) FROM dead_letters WHERE retried = 0").pluck().get() ?? 0

/** A dead letter in a list, with how many sound captures of its key wait behind it. */
export interface ListedDeadLetter extends DeadLetter {
  readonly behind: number
}

/** Lists the events that could not be folded when they came. */
export const listPoison = (
  db: Database,
  { limit, offset }: Page,
): ReadonlyArray<ListedDeadLetter> =>
  db
    .prepare<[number, number], Row & { readonly behind: number }>(
      `SELECT ${columns},
              CASE retried WHEN 1 THEN 0 ELSE (
                SELECT count(*) FROM dead_letters AS later
                 WHERE later.finding_id = dead_letters.finding_id AND later.retried = 0
                   AND later.position > dead_letters.position AND later.reason IS NULL) END AS behind
         FROM dead_letters WHERE reason IS NOT NULL
        ORDER BY projection, position LIMIT ? OFFSET ?`,
    )
    .all(limit, offset)
    .map(asDeadLetter)

/** Finds a dead letter by the id or the position of its event. */
export const findDeadLetter = (
  db: Database,
  eventId: string,
  position: string,
): DeadLetter | undefined => {
  const row = db
    .prepare<[string, string], Row>(
      `SELECT ${columns} FROM dead_letters WHERE event_id = ? OR position = ? LIMIT 1`,
    )
    .get(eventId, position)
  return row === undefined ? undefined : asDeadLetter(row)
}

/** Lists the events that were skipped alone and not retried yet, in the order of the log. */
export const skippedDeadLetters = (db: Database, projection: string): ReadonlyArray<DeadLetter> =>
  db
    .prepare<[string], Row>(
      `SELECT ${columns} FROM dead_letters
        WHERE projection = ? AND finding_id IS NULL AND retried = 0 ORDER BY position`,
    )
    .all(projection)
    .map(asDeadLetter)

/** Lists the first events that are set aside for a reuse key, in the order of the log. */
export const deadLettersOfKey = (
  db: Database,
  projection: string,
  id: FindingId,
  limit: number,
): ReadonlyArray<DeadLetter> =>
  db
    .prepare<[string, string, number], Row>(
      `SELECT ${columns} FROM dead_letters
        WHERE projection = ? AND finding_id = ? AND retried = 0 ORDER BY position LIMIT ?`,
    )
    .all(projection, id, limit)
    .map(asDeadLetter)

/** Counts the events that are set aside for a reuse key. */
export const countDeadLettersOfKey = (db: Database, projection: string, id: FindingId): number =>
  db
    .prepare<[string, string], number>(
      "SELECT count(*) FROM dead_letters WHERE projection = ? AND finding_id = ? AND retried = 0",
    )
    .pluck()
    .get(projection, id) ?? 0

/** Notes that a dead letter is folded now. Returns false if that had been noted before. */
export const markRetried = (db: Database, { projection, position }: DeadLetter): boolean =>
  db
    .prepare(
      "UPDATE dead_letters SET retried = 1 WHERE projection = ? AND position = ? AND retried = 0",
    )
    .run(projection, position).changes === 1

/** Notes why a dead letter cannot be folded, still or again. */
export const setReason = (
  db: Database,
  { projection, position }: DeadLetter,
  reason: string,
): void => {
  db.prepare(
    "UPDATE dead_letters SET reason = ?, retried = 0 WHERE projection = ? AND position = ?",
  ).run(reason, projection, position)
}
