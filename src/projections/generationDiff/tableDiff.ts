import type { Database } from "better-sqlite3"
import { type Mark, mayHaveChanged } from "./changedRows.ts"
import type { ComparedTable, Schema } from "./comparedTables.ts"
import { counterpart, isNumber, joinPairs, shown } from "./numberPairs.ts"

type Value = string | number | null

/** A row that two generations do not agree on. */
export interface RowDifference {
  /** What the row is told from others by. */
  readonly key: Readonly<Record<string, Value>>
  readonly what: "missing" | "extra" | "changed"
  /** The columns that differ, of a changed row. */
  readonly columns: Readonly<Record<string, { readonly live: Value; readonly rebuilt: Value }>>
}

/** How two generations compare in one table. */
export interface TableDiff {
  readonly table: string
  readonly live: { readonly rows: number }
  readonly rebuilt: { readonly rows: number }
  /** Rows that only one of them has, or that say something else in the other. */
  readonly differing: number
  /** The first of those, at most 20. */
  readonly differences: ReadonlyArray<RowDifference>
}

const maxDifferences = 20

/** Columns that may repeat a secret: that they differ is told, not what they say. */
const secretColumns = ["fields"]

interface Counts {
  readonly live: number
  readonly matched: number
  readonly equal: number
}

/**
 * Compares a table of the two generations row by row: each row of one is joined with the row of the
 * other that has the same key. Pairing and key are one to one, so that two tables with as many rows
 * each, all of them equal to their match, are the same. Numbers must have been paired before.
 */
export const diffTable = (
  database: Database,
  table: ComparedTable,
  since: Mark | undefined,
): TableDiff => {
  const { name, key, rest } = table
  const asked = (schema: Schema): string =>
    since === undefined ? "TRUE" : mayHaveChanged(schema, table, since)
  const joined = (from: Schema, to: Schema): string =>
    [
      `${from}.${name} AS x`,
      ...[...key, ...rest].filter(isNumber).map((column) => joinPairs(from, column)),
      `LEFT JOIN ${to}.${name} AS y
         ON ${key.map((column) => `y.${column} = ${counterpart(from, column)}`).join(" AND ")}`,
      `WHERE ${asked(from)}`,
    ].join(" ")
  const [first = ""] = key
  const isMatched = `y.${first} IS NOT NULL`
  const isSame = (column: string): string => `y.${column} IS ${counterpart("live", column)}`
  const isEqual = [isMatched, ...rest.map(isSame)].join(" AND ")
  const { live, matched, equal } = database
    .prepare<[], Counts>(
      `SELECT count(*) AS live, count(y.${first}) AS matched, coalesce(sum(${isEqual}), 0) AS equal
         FROM ${joined("live", "rebuilt")}`,
    )
    .get() ?? { live: 0, matched: 0, equal: 0 }
  const rebuilt =
    database
      .prepare<[], number>(`SELECT count(*) FROM rebuilt.${name} AS x WHERE ${asked("rebuilt")}`)
      .pluck()
      .get() ?? 0
  const differing = live - equal + rebuilt - matched
  const counts = { table: name, live: { rows: live }, rebuilt: { rows: rebuilt }, differing }
  if (differing === 0) return { ...counts, differences: [] }

  const keys = (schema: Schema): string =>
    key.map((column) => shown(schema, "x", column)).join(", ")
  const keyOf = (row: ReadonlyArray<Value>): RowDifference["key"] =>
    Object.fromEntries(key.map((column, n) => [column, row[n] ?? null]))
  const ofLive = database
    .prepare<[], ReadonlyArray<Value>>(
      `SELECT ${[
        keys("live"),
        isMatched,
        ...rest.flatMap((column) => [
          isSame(column),
          shown("live", "x", column),
          shown("rebuilt", "y", column),
        ]),
      ].join(", ")} FROM ${joined("live", "rebuilt")} AND NOT (${isEqual}) LIMIT ${maxDifferences}`,
    )
    .raw()
    .all()
    .map((row): RowDifference => {
      const isPaired = row[key.length] === 1
      if (!isPaired) return { key: keyOf(row), what: "missing", columns: {} }
      const columns = rest.flatMap((column, n) => {
        const [same, live = null, rebuilt = null] = row.slice(key.length + 1 + 3 * n)
        return same === 1
          ? []
          : [[column, { live: told(column, live), rebuilt: told(column, rebuilt) }]]
      })
      return { key: keyOf(row), what: "changed", columns: Object.fromEntries(columns) }
    })
  const ofRebuilt = database
    .prepare<[], ReadonlyArray<Value>>(
      `SELECT ${keys("rebuilt")} FROM ${joined("rebuilt", "live")} AND NOT (${isMatched})
        LIMIT ${maxDifferences - ofLive.length}`,
    )
    .raw()
    .all()
    .map((row): RowDifference => ({ key: keyOf(row), what: "extra", columns: {} }))
  return { ...counts, differences: [...ofLive, ...ofRebuilt] }
}

const told = (column: string, value: Value): Value =>
  secretColumns.includes(column) && typeof value === "string" ? "(not shown)" : value
