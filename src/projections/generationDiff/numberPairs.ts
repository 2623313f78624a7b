import type { Database } from "better-sqlite3"
import type { Schema } from "./comparedTables.ts"

/**
 * Numbers that stand for a row of another table say nothing by themselves: two generations may give
 * out different ones. So the rows of `table` are paired by name first, and two numbers are equal if
 * they are a pair. `hasName` tells whether row y has the name of row x; `isNear`, where it is given,
 * what else is true of them as a rule, in terms that an index helps with. Secrets come before the
 * findings that refer to them.
 */
const numbered = {
  target_no: {
    table: "targets",
    name: "decky || ' ' || service",
    hasName: "y.decky = x.decky AND y.service = x.service",
  },
  attacker_no: { table: "attackers", name: "ip", hasName: "y.ip = x.ip" },
  secret_no: {
    table: "secrets",
    name: "kind || ' ' || digest",
    hasName: "y.digest = x.digest AND y.kind = x.kind",
    isNear: "y.digest_start = x.digest_start",
  },
  finding_no: {
    table: "findings",
    name: "finding_id",
    hasName: "y.finding_id = x.finding_id",
    isNear: `y.principal = x.principal AND y.secret_no =
      (SELECT rebuilt FROM temp.pairs_secret_no WHERE live = x.secret_no)`,
  },
} as const satisfies Readonly<
  Record<string, { table: string; name: string; hasName: string; isNear?: string }>
>

/** A column of numbers that stand for a row of another table. */
export type NumberColumn = keyof typeof numbered

export const isNumber = (column: string): column is NumberColumn => Object.hasOwn(numbered, column)

/** Pairs the numbers of both generations; what has been paired before stays, unless `afresh`. */
export const pairNumbers = (database: Database, afresh: boolean): void => {
  for (const column of Object.keys(numbered).filter(isNumber)) {
    const { table, hasName, ...rest } = numbered[column]
    const pairs = `temp.pairs_${column}`
    if (afresh) {
      database.exec(`DROP TABLE IF EXISTS ${pairs};
        CREATE TABLE ${pairs} (live INTEGER PRIMARY KEY, rebuilt INTEGER NOT NULL UNIQUE)`)
    }
    const last = database.prepare<[], number>(`SELECT max(live) FROM ${pairs}`).pluck().get() ?? 0
    // Most pairs are of one number, and read side by side. The name alone finds what is damaged.
    const conditions = [
      `y.${column} = x.${column}`,
      ...("isNear" in rest ? [rest.isNear] : []),
      "TRUE",
    ]
    for (const condition of conditions) {
      database.exec(`INSERT OR IGNORE INTO ${pairs} SELECT x.${column}, y.${column}
        FROM live.${table} AS x CROSS JOIN rebuilt.${table} AS y
       WHERE x.${column} > ${last} AND x.${column} NOT IN (SELECT live FROM ${pairs})
         AND ${condition} AND ${hasName}`)
    }
  }
}

const other: Readonly<Record<Schema, Schema>> = { live: "rebuilt", rebuilt: "live" }

/** SQL that joins the pairs of a column of row x of a generation. */
export const joinPairs = (from: Schema, column: NumberColumn): string =>
  `LEFT JOIN temp.pairs_${column} AS pair_${column} ON pair_${column}.${from} = x.${column}`

/**
 * SQL for what the other generation holds where row x of this one holds a value. A number that
 * stands for nothing in either is itself; one whose row the other lacks equals nothing there.
 */
export const counterpart = (from: Schema, column: string): string => {
  if (!isNumber(column)) return `x.${column}`
  const isNamed = (schema: Schema): string =>
    `EXISTS (SELECT 1 FROM ${schema}.${numbered[column].table} WHERE ${column} = x.${column})`
  return `coalesce(pair_${column}.${other[from]},
    CASE WHEN ${isNamed("live")} OR ${isNamed("rebuilt")} THEN '' ELSE x.${column} END)`
}

/** SQL for a value of a row, with the name of what a number stands for. */
export const shown = (schema: Schema, row: "x" | "y", column: string): string => {
  if (!isNumber(column)) return `${row}.${column}`
  const { table, name } = numbered[column]
  const found = `SELECT ${name} FROM ${schema}.${table} WHERE ${column} = ${row}.${column}`
  return `coalesce((${found}), 'number ' || ${row}.${column})`
}
