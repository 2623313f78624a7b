import type { Database } from "better-sqlite3"

/**
 * Numbers that stand for a row of another table say nothing by themselves: two generations may give
 * out different ones. In a comparison the name of what they refer to stands in their place.
 */
export const references = {
  finding_no: { table: "findings", name: "finding_id" },
  target_no: { table: "targets", name: "decky || ' ' || service" },
  attacker_no: { table: "attackers", name: "ip" },
  secret_no: { table: "secrets", name: "kind || ' ' || sha256" },
} as const
export type Reference = keyof typeof references

export const isReference = (column: string): column is Reference =>
  Object.hasOwn(references, column)

/** How often something was committed says nothing of what it is. */
const leftOut = ["commit_no"]

/** What waits to be announced is moved from one generation to the other, not made by both. */
const passedOver = ["outbox"]

/**
 * What follows from the order of folding alone. A live generation in which something was retried has
 * folded it later than a new one does, and answers questions about the past by that.
 */
const isOfOrder = (table: string, column: string): boolean =>
  column === "since" ||
  column === "block" ||
  column === "identified_ordinal" ||
  (column === "ordinal" && (table === "finding_history" || table === "policies"))
const tablesOfOrder = /^(?:folded|blocks|dead_letters|past_.*)$/

export interface Column {
  readonly name: string
  readonly isText: boolean
  readonly isNullable: boolean
}

/** A table that both generations have: what its rows are told apart by, and what else they say. */
export interface ComparedTable {
  readonly name: string
  readonly key: ReadonlyArray<Column>
  readonly rest: ReadonlyArray<Column>
}

interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly isRequired: number
  readonly pk: number
}

/** The tables of two attached read models, with the columns that both have. */
export const comparedTables = (
  database: Database,
  one: string,
  other: string,
): ReadonlyArray<ComparedTable> => {
  const tablesOf = (schema: string): ReadonlyArray<string> =>
    database
      .prepare<[], string>(
        `SELECT name FROM ${schema}.sqlite_schema
          WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
      )
      .pluck()
      .all()
  const columnsOf = (schema: string, table: string): ReadonlyArray<ColumnRow> =>
    database
      .prepare<[string, string], ColumnRow>(
        'SELECT name, type, "notnull" AS isRequired, pk FROM pragma_table_info(?, ?)',
      )
      .all(table, schema)
  const others = new Set(tablesOf(other))
  return tablesOf(one)
    .filter((table) => others.has(table) && !passedOver.includes(table))
    .map((table) => {
      const known = new Set(columnsOf(other, table).map(({ name }) => name))
      const columns = columnsOf(one, table).filter(
        ({ name }) => known.has(name) && !leftOut.includes(name),
      )
      const asColumn = ({ name, type, isRequired }: ColumnRow): Column => ({
        name,
        isText: type === "TEXT",
        isNullable: isRequired === 0,
      })
      return {
        name: table,
        key: columns.filter(({ pk }) => pk > 0).map(asColumn),
        rest: columns.filter(({ pk }) => pk === 0).map(asColumn),
      }
    })
}

/** Those of the tables, and of their columns, that say something else than the order of folding. */
export const withoutOrder = (tables: ReadonlyArray<ComparedTable>): ReadonlyArray<ComparedTable> =>
  tables
    .filter(({ name }) => !tablesOfOrder.test(name))
    .map((table) => ({
      ...table,
      rest: table.rest.filter(({ name }) => !isOfOrder(table.name, name)),
    }))
