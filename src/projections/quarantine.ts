import type { Database } from "better-sqlite3"
import type { FindingId } from "../domain/event/ids.ts"
import type { Position } from "../domain/event/position.ts"
import type { ReuseKey } from "../domain/finding/reuseKey.ts"

/** A reuse key of which nothing after `since` has been folded. */
export interface Quarantine {
  readonly findingId: FindingId
  readonly since: Position
  readonly key: ReuseKey
}

/** Lists the reuse keys of a projection that are in quarantine. */
export const quarantinesOf = (db: Database, projection: string): ReadonlyArray<Quarantine> =>
  db
    .prepare<[string], Omit<Quarantine, "key"> & ReuseKey>(
      `SELECT finding_id AS findingId, since, secret_kind AS secretKind,
              secret_digest AS secretDigest, principal
         FROM quarantine WHERE projection = ? ORDER BY since, finding_id`,
    )
    .all(projection)
    .map(({ findingId, since, ...key }) => ({ findingId, since, key }))

/** Counts the reuse keys in quarantine. */
export const countQuarantines = (db: Database): number =>
  db.prepare<[], number>("SELECT count(*) FROM quarantine").pluck().get() ?? 0

/** Finds a reuse key among those in quarantine. */
export const quarantineOf = (
  db: Database,
  projection: string,
  id: FindingId,
): Quarantine | undefined => quarantinesOf(db, projection).find(({ findingId }) => findingId === id)

/** Asks whether a reuse key is in quarantine, for whatever projection. */
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
  ).run(projection, findingId, since, key.secretKind, key.secretDigest, key.principal)
}

/** Takes a reuse key out of quarantine. */
export const endQuarantine = (db: Database, projection: string, id: FindingId): void => {
  db.prepare("DELETE FROM quarantine WHERE projection = ? AND finding_id = ?").run(projection, id)
}
