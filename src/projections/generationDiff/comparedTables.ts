import type { Database } from "better-sqlite3"

/** The names under which the two generations are attached to the connection that compares them. */
export type Schema = "live" | "rebuilt"

/** How often rows were committed says nothing of what they are. */
const leftOut = ["commit_no"]

/**
 * Pending announcements move from one generation to the other; a rebuild makes none. The last event
 * follows from the checkpoint.
 */
const passedOver = ["outbox", "last_event"]

/**
 * What follows from the order of folding alone. A live generation in which something was retried has
 * folded it later than a new one does, and answers questions about the past by that.
 */
const isOfOrder = (table: string, column: string): boolean =>
  column === "since" ||
  column === "block" ||
  column === "identified_ordinal" ||
  (column === "ordinal" && ordered.includes(table))
const ordered = ["finding_history", "finding_triage", "policies"]
const tablesOfOrder = /^(?:folded|blocks|dead_letters|past_.*)$/

/** A table that both generations have: the columns its rows are told apart by, and the others. */
export interface ComparedTable {
  readonly name: string
  readonly key: ReadonlyArray<string>
  readonly rest: ReadonlyArray<string>
}

interface Column {
  readonly name: string
  readonly pk: number
}

/** The tables of the two generations, with the columns that both have. */
export const comparedTables = (database: Database): ReadonlyArray<ComparedTable> => {
  const tablesOf = (schema: Schema): ReadonlyArray<string> =>
    database
      .prepare<[], string>(
        `SELECT name FROM ${schema}.sqlite_schema
          WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
      )
      .pluck()
      .all()
  const columnsOf = (schema: Schema, table: string): ReadonlyArray<Column> =>
    database
      .prepare<[string, string], Column>("SELECT name, pk FROM pragma_table_info(?, ?)")
      .all(table, schema)
  const inRebuilt = new Set(tablesOf("rebuilt"))
  return tablesOf("live")
    .filter((table) => inRebuilt.has(table) && !passedOver.includes(table))
    .map((table) => {
      const known = new Set(columnsOf("rebuilt", table).map(({ name }) => name))
      const columns = columnsOf("live", table).filter(
        ({ name }) => known.has(name) && !leftOut.includes(name),
      )
      return {
        name: table,
        key: columns.filter(({ pk }) => pk > 0).map(({ name }) => name),
        rest: columns.filter(({ pk }) => pk === 0).map(({ name }) => name),
      }
    })
}

/** The same without the tables and columns that say nothing but the order of folding. */
export const withoutOrder = (tables: ReadonlyArray<ComparedTable>): ReadonlyArray<ComparedTable> =>
  tables
    .filter(({ name }) => !tablesOfOrder.test(name))
    .map((table) => ({
      ...table,
      rest: table.rest.filter((column) => !isOfOrder(table.name, column)),
    }))
