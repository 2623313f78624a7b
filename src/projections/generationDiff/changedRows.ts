import type { Database } from "better-sqlite3"
import type { ComparedTable, Schema } from "./comparedTables.ts"

/**
 * Where the record of what was folded ends in both generations. Whatever changes later stands behind
 * it there, or follows from what does.
 */
export type Mark = Readonly<Record<Schema, number>>

const schemas: ReadonlyArray<Schema> = ["live", "rebuilt"]

/** Marks where both generations are now; `undefined` if one of them keeps no such record. */
export const markEnd = (
  database: Database,
  tables: ReadonlyArray<ComparedTable>,
): Mark | undefined => {
  if (!tables.some(({ name }) => name === "folded")) return undefined
  const last = (schema: Schema): number =>
    database.prepare<[], number>(`SELECT max(ordinal) FROM ${schema}.folded`).pluck().get() ?? 0
  return { live: last("live"), rebuilt: last("rebuilt") }
}

/** Collects the findings and attackers that have changed in either generation since a mark. */
export const collectChanged = (database: Database, since: Mark): void => {
  const collect = (
    column: "finding_no" | "attacker_no",
    rows: (schema: Schema) => string,
  ): void => {
    for (const schema of schemas) {
      database.exec(`DROP TABLE IF EXISTS temp.${schema}_${column};
        CREATE TEMP TABLE ${schema}_${column} (no INTEGER PRIMARY KEY)`)
      database
        .prepare(
          `INSERT OR IGNORE INTO temp.${schema}_${column}
             SELECT ${column} FROM ${schema}.folded WHERE ordinal > :since AND ${column} IS NOT NULL
             UNION ALL ${rows(schema)}`,
        )
        .run({ since: since[schema] })
    }
    for (const [one, other] of [schemas, schemas.toReversed()]) {
      database.exec(`INSERT OR IGNORE INTO temp.${one}_${column}
        SELECT ${one} FROM temp.pairs_${column}
         WHERE ${other} IN (SELECT no FROM temp.${other}_${column})`)
    }
  }
  collect(
    "finding_no",
    (schema) => `SELECT finding_no FROM ${schema}.finding_history WHERE ordinal > :since`,
  )
  collect(
    "attacker_no",
    (schema) => `SELECT attacker_no FROM ${schema}.attackers WHERE identified_ordinal > :since`,
  )
}

/** SQL for the rows x of a table that may have changed since a mark; small tables are taken whole. */
export const mayHaveChanged = (
  schema: Schema,
  { name, key, rest }: ComparedTable,
  since: Mark,
): string => {
  const changed = (column: "finding_no" | "attacker_no"): string =>
    `(SELECT no FROM temp.${schema}_${column})`
  const has = (column: string): boolean => key.includes(column) || rest.includes(column)
  if (name === "folded") return `x.ordinal > ${since[schema]}`
  if (name === "secrets") {
    return `x.secret_no IN
      (SELECT secret_no FROM ${schema}.findings WHERE finding_no IN ${changed("finding_no")})`
  }
  if (has("finding_no")) return `x.finding_no IN ${changed("finding_no")}`
  if (has("attacker_no")) return `x.attacker_no IN ${changed("attacker_no")}`
  return "TRUE"
}
