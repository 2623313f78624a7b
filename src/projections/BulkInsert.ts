import type { Database, Statement } from "better-sqlite3"

const rowsAtOnce = 50

/** A value that can be bound to a column. */
export type Value = string | number | bigint | Buffer | null

/**
 * Inserts rows many to a statement, which costs less than half of inserting them one by one. The
 * values of a row are pushed onto `values` in the order of the columns, then `next` is called: so
 * nothing is made for a row that is not the row itself.
 */
export interface BulkInsert {
  readonly values: Array<Value>
  readonly next: () => void
  /** Writes what is left. */
  readonly flush: () => void
}

/** `into` names table and columns, `onConflict` is what follows the values. */
export const makeBulkInsert = (
  db: Database,
  into: string,
  columns: number,
  onConflict = "",
): BulkInsert => {
  const row = `(${Array(columns).fill("?").join(", ")})`
  const prepare = (rows: number): Statement =>
    db.prepare(`INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(", ")} ${onConflict}`)
  const one = prepare(1)
  // Not before there are as many: to prepare it takes longer than to insert them.
  let many: Statement | undefined
  const full = rowsAtOnce * columns
  const values: Array<Value> = []
  return {
    values,
    next: () => {
      if (values.length < full) return
      many ??= prepare(rowsAtOnce)
      many.run(values)
      values.length = 0
    },
    flush: () => {
      for (let start = 0; start < values.length; start += columns) {
        one.run(values.slice(start, start + columns))
      }
      values.length = 0
    },
  }
}
