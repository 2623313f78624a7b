import { isDeepStrictEqual } from "node:util"
import type { Database } from "better-sqlite3"
import {
  type Column,
  type ComparedTable,
  isReference,
  type Reference,
  references,
} from "./comparedTables.ts"
import { rowsOf } from "./digest.ts"

type Value = string | number | null
type Row = Readonly<Record<string, Value>>

/** A row that two generations do not agree on. */
export interface RowDifference {
  /** What the row is told from others by. */
  readonly key: Readonly<Record<string, Value>>
  readonly what: "missing" | "extra" | "changed"
  /** The columns that differ, of a changed row. */
  readonly columns: Readonly<Record<string, { readonly live: Value; readonly rebuilt: Value }>>
}

/** Up to `limit` of the rows in which a table of `live` and one of `rebuilt` differ, by key. */
export const differencesIn = (
  database: Database,
  table: ComparedTable,
  limit: number,
  only?: Reference,
): ReadonlyArray<RowDifference> => {
  const columns = [...table.key, ...table.rest]
  const select = (schema: string): string =>
    `SELECT ${columns.map((column) => shown(schema, column)).join(", ")}, count(*) AS copies
       FROM ${rowsOf(schema, table, only)} GROUP BY ${columns.map((_, n) => n + 1).join(", ")}`
  const beyond = (one: string, other: string) =>
    database.prepare<[number], Row>(`${select(one)} EXCEPT ${select(other)} LIMIT ?`).all(limit)
  const keyOf = (row: Row) =>
    Object.fromEntries(table.key.map(({ name }) => [name, row[name] ?? null]))
  const withKey = (schema: string, key: Row): ReadonlyArray<Row> =>
    database
      .prepare<Array<Value>, Row>(
        `SELECT * FROM (${select(schema)})
          WHERE ${Object.keys(key)
            .map((name) => `${name} IS ?`)
            .join(" AND ")}`,
      )
      .all(...Object.values(key))
  const found = new Map<string, RowDifference>()
  for (const row of [...beyond("live", "rebuilt"), ...beyond("rebuilt", "live")]) {
    const key = keyOf(row)
    const name = JSON.stringify(key)
    if (found.has(name) || found.size >= limit) continue
    found.set(name, { key, ...difference(withKey("live", key), withKey("rebuilt", key)) })
  }
  return [...found.values()]
}

/** How the rows of one key differ; after damage there may be several. */
const difference = (
  live: ReadonlyArray<Row>,
  rebuilt: ReadonlyArray<Row>,
): Omit<RowDifference, "key"> => {
  const without = (rows: ReadonlyArray<Row>, others: ReadonlyArray<Row>): Row | undefined =>
    rows.find((row) => !others.some((other) => isDeepStrictEqual(row, other)))
  const [one, other] = [without(live, rebuilt), without(rebuilt, live)]
  if (one === undefined) return { what: "extra", columns: {} }
  if (other === undefined) return { what: "missing", columns: {} }
  const differing = Object.keys(one).filter((column) => one[column] !== other[column])
  return {
    what: "changed",
    columns: Object.fromEntries(
      differing.map((column) => [
        column,
        { live: toldOf(column, one[column]), rebuilt: toldOf(column, other[column]) },
      ]),
    ),
  }
}

/** Columns that hold secrets, or may repeat one: that they differ is told, not what they say. */
const secretColumns = ["printable", "base64", "fields"]

const toldOf = (column: string, value: Value | undefined): Value =>
  secretColumns.includes(column) && typeof value === "string" ? "(not shown)" : (value ?? null)

const shown = (schema: string, { name }: Column): string => {
  if (!isReference(name)) return `x.${name}`
  const { table, name: text } = references[name]
  const found = `SELECT ${text} FROM ${schema}.${table} WHERE ${name} = x.${name}`
  return `coalesce((${found}), 'number ' || x.${name}) AS ${name}`
}
