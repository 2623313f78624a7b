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
    database
      .prepare<[number], Readonly<Record<string, Value>>>(
        `${select(one)} EXCEPT ${select(other)} LIMIT ?`,
      )
      .all(limit)
  const keyOf = (row: Readonly<Record<string, Value>>) =>
    Object.fromEntries(table.key.map(({ name }) => [name, row[name] ?? null]))
  const whole = (one: string, key: Readonly<Record<string, Value>>) => {
    const names = Object.keys(key)
    return database
      .prepare<Array<Value>, Readonly<Record<string, Value>>>(
        `SELECT * FROM (${select(one)}) WHERE ${names.map((name) => `${name} IS ?`).join(" AND ")}`,
      )
      .get(...Object.values(key))
  }
  const found = new Map<string, RowDifference>()
  for (const row of [...beyond("live", "rebuilt"), ...beyond("rebuilt", "live")]) {
    const key = keyOf(row)
    const name = JSON.stringify(key)
    if (found.has(name) || found.size >= limit) continue
    const [live, rebuilt] = [whole("live", key), whole("rebuilt", key)]
    const differing = Object.keys(row).filter((column) => live?.[column] !== rebuilt?.[column])
    found.set(name, {
      key,
      what: rebuilt === undefined ? "missing" : live === undefined ? "extra" : "changed",
      columns:
        live === undefined || rebuilt === undefined
          ? {}
          : Object.fromEntries(
              differing.map((column) => [
                column,
                { live: toldOf(column, live[column]), rebuilt: toldOf(column, rebuilt[column]) },
              ]),
            ),
    })
  }
  return [...found.values()]
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
