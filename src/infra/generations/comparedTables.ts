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

export interface Column {
  readonly name: string
  readonly isText: boolean
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
      .prepare<[string, string], ColumnRow>("SELECT name, type, pk FROM pragma_table_info(?, ?)")
      .all(table, schema)
  const others = new Set(tablesOf(other))
  return tablesOf(one)
    .filter((table) => others.has(table) && !passedOver.includes(table))
    .map((table) => {
      const known = new Set(columnsOf(other, table).map(({ name }) => name))
      const columns = columnsOf(one, table).filter(
        ({ name }) => known.has(name) && !leftOut.includes(name),
      )
      const asColumn = ({ name, type }: ColumnRow): Column => ({ name, isText: type === "TEXT" })
      return {
        name: table,
        key: columns.filter(({ pk }) => pk > 0).map(asColumn),
        rest: columns.filter(({ pk }) => pk === 0).map(asColumn),
      }
    })
}
