import Sqlite, { type Database } from "better-sqlite3"

/** The rows of each table, each row one text, sorted: two that are equal say the same. */
export type Contents = Readonly<Record<string, ReadonlyArray<string>>>

type Value = string | number | bigint | Buffer | null
type Row = Readonly<Record<string, Value>>

// How often somebody committed, in which order rows were numbered, and by which clock the log went
// says nothing of what they are.
const left = new Set(["outbox_no", "commit_no", "recorded_at"])

/**
 * Everything that the read models say, without the numbers by which rows refer to each other: what
 * they refer to stands in their place, and the id of an event in the place of its position.
 */
export const readModelContents = (
  database: Database,
  eventAt: (position: string) => string = (position) => position,
): Contents => {
  const named = (sql: string): ReadonlyMap<Value, string> =>
    new Map(
      database
        .prepare<[], { no: Value }>(sql)
        .all()
        .map(({ no, ...name }) => [no, JSON.stringify(name)]),
    )
  const references: Readonly<Record<string, ReadonlyMap<Value, string>>> = {
    target_no: named("SELECT target_no AS no, decky, service FROM targets"),
    attacker_no: named("SELECT attacker_no AS no, ip FROM attackers"),
    secret_no: named("SELECT secret_no AS no, kind, digest FROM secrets"),
    finding_no: named(
      `SELECT finding_no AS no, kind, digest, principal FROM findings JOIN secrets USING (secret_no)`,
    ),
  }
  const shown = (column: string, value: Value): unknown => {
    const reference = references[column]
    if (reference !== undefined) return reference.get(value) ?? `number ${value}`
    if (Buffer.isBuffer(value)) return value.toString("hex")
    if (column.endsWith("position") && value !== null) return eventAt(String(value))
    return typeof value === "bigint" ? String(value) : value
  }
  const rowText = (row: Row): string =>
    JSON.stringify(
      Object.entries(row)
        .filter(([column]) => !left.has(column))
        .map(([column, value]) => [column, shown(column, value)]),
    )
  const tables = database
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .pluck(true)
    .all()
  // It says which log they are of.
  const compared = tables.filter((table) => table !== "last_event")
  return Object.fromEntries(
    compared.map((table) => [
      table,
      database.prepare<[], Row>(`SELECT * FROM ${table}`).all().map(rowText).sort(),
    ]),
  )
}

/** The contents of read models in a file that nobody has open. */
export const contentsOfFile = (file: string, eventAt?: (position: string) => string): Contents => {
  const database = new Sqlite(file)
  try {
    return readModelContents(database, eventAt)
  } finally {
    database.close()
  }
}
