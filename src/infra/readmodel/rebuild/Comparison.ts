import type { Database } from "better-sqlite3"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { decisionsOf } from "../../../projections/deadLetters.ts"
import type { Decisions } from "../../../projections/foldBatch.ts"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import {
  type ComparedTable,
  comparedTables,
  type Reference,
  references,
  withoutOrder,
} from "./comparedTables.ts"
import { differencesIn, type RowDifference } from "./differences.ts"
import { defineTextHash, digestOf, type TableDigest } from "./digest.ts"
import { type Waiting, waitingIn } from "./waitingIn.ts"

/** How two generations compare in one table. */
export interface TableComparison {
  readonly table: string
  readonly live: TableDigest
  readonly rebuilt: TableDigest
  /** The first rows that differ, at most 20. */
  readonly differences: ReadonlyArray<RowDifference>
}

/** Reuse keys and addresses that events have touched: all that can have changed since. */
export interface Touched {
  readonly keys: ReadonlyArray<{
    readonly secretKind: string
    readonly secretSha256: string
    readonly principal: string
  }>
  readonly ips: ReadonlyArray<string>
  /** Findings that changed after this position are touched too. */
  readonly after: Position
}

/** Looks at two generations side by side, through a connection that writes to neither. */
export interface Comparison {
  /** Keeps looking at the live generation as it is now; answers where it is. */
  readonly hold: (projection: string) => Position
  /** What the live generation has yet to announce, beside the outbox of the other one. */
  readonly waiting: () => Waiting
  /** Whether the live generation has folded something later than it stands in the log. */
  readonly hasRetried: () => boolean
  /** What the live generation has done about poison events. */
  readonly decisions: (projection: string) => Decisions
  readonly compare: (touched?: Touched) => ReadonlyArray<TableComparison>
  readonly release: () => void
  readonly close: () => void
}

const mostDifferences = 20

/** By which of its numbers a table is narrowed down to what was touched; small ones are not. */
const narrowedBy = ({ key, rest }: ComparedTable): Reference | undefined => {
  const names = new Set([...key, ...rest].map(({ name }) => name))
  return (["finding_no", "secret_no", "attacker_no"] as const).find((name) => names.has(name))
}

/** Whether two generations agree in a table. */
export const agree = ({ live, rebuilt }: TableComparison): boolean =>
  live.rows === rebuilt.rows && live.digest === rebuilt.digest

export const openComparison = (live: string, rebuilt: string): Comparison => {
  const database = openDatabase("comparison", ":memory:", (opened) => {
    opened.prepare("ATTACH ? AS live").run(live)
    opened.prepare("ATTACH ? AS rebuilt").run(rebuilt)
    for (const schema of ["live", "rebuilt"]) opened.pragma(`${schema}.cache_size = -16384`)
    defineTextHash(opened)
  })
  const tables = comparedTables(database, "live", "rebuilt")
  const lasting = withoutOrder(tables)
  const retried = (): boolean => hasRetried(database, "live") && hasRetried(database, "rebuilt")
  const release = (): void => {
    if (database.inTransaction) database.exec("ROLLBACK")
  }
  return {
    hold: (projection) => {
      release()
      database.exec("BEGIN")
      const position = database
        .prepare<[string], Position>("SELECT position FROM live.checkpoints WHERE projection = ?")
        .pluck()
        .get(projection)
      return position ?? beginning
    },
    waiting: () => waitingIn(database),
    hasRetried: () => hasRetried(database, "live"),
    decisions: (projection) => decisionsOf(database, projection, "live"),
    compare: (touched) => {
      for (const schema of ["live", "rebuilt"]) nameNumbers(database, schema, touched)
      return (retried() ? lasting : tables).map((table) => {
        const only = touched === undefined ? undefined : narrowedBy(table)
        const compared = {
          table: table.name,
          live: digestOf(database, "live", table, only),
          rebuilt: digestOf(database, "rebuilt", table, only),
          differences: [],
        }
        if (agree(compared)) return compared
        return { ...compared, differences: differencesIn(database, table, mostDifferences, only) }
      })
    },
    release,
    close: () => {
      release()
      database.close()
    },
  }
}

const hasRetried = (database: Database, schema: string): boolean =>
  database.prepare(`SELECT 1 FROM ${schema}.dead_letters WHERE retried = 1 LIMIT 1`).get() !==
  undefined

/** Makes the temporary tables of hashes of what the numbers of a generation stand for. */
const nameNumbers = (database: Database, schema: string, touched: Touched | undefined): void => {
  const fill = (column: Reference, condition: string): void => {
    const { table, name } = references[column]
    database.exec(`DROP TABLE IF EXISTS temp.${schema}_${column};
      CREATE TEMP TABLE ${schema}_${column} (no INTEGER PRIMARY KEY, hash INTEGER);
      INSERT INTO temp.${schema}_${column}
        SELECT ${column}, text_hash(${name}) FROM ${schema}.${table} ${condition}`)
  }
  if (touched === undefined) {
    for (const column of Object.keys(references)) fill(column as Reference, "") // its own keys
    return
  }
  database.exec(`DROP TABLE IF EXISTS temp.${schema}_touched;
    CREATE TEMP TABLE ${schema}_touched (no INTEGER PRIMARY KEY);
    DROP TABLE IF EXISTS temp.${schema}_ips;
    CREATE TEMP TABLE ${schema}_ips (ip TEXT PRIMARY KEY)`)
  const find = database.prepare(
    `INSERT OR IGNORE INTO temp.${schema}_touched
       SELECT finding_no FROM ${schema}.secrets JOIN ${schema}.findings USING (secret_no)
        WHERE sha256_start = ? AND sha256 = ? AND kind = ? AND principal = ?`,
  )
  for (const { secretKind, secretSha256, principal } of touched.keys) {
    const start = Number.parseInt(secretSha256.slice(0, 12) || "0", 16)
    find.run(start, secretSha256, secretKind, principal)
  }
  const ip = database.prepare(`INSERT OR IGNORE INTO temp.${schema}_ips VALUES (?)`)
  for (const address of touched.ips) ip.run(address)
  database
    .prepare(
      `INSERT OR IGNORE INTO temp.${schema}_touched
         SELECT finding_no FROM ${schema}.finding_history WHERE position > ?`,
    )
    .run(touched.after)
  fill("target_no", "")
  fill("finding_no", `WHERE finding_no IN temp.${schema}_touched`)
  fill(
    "secret_no",
    `WHERE secret_no IN (SELECT secret_no FROM ${schema}.findings
       WHERE finding_no IN temp.${schema}_touched)`,
  )
  fill(
    "attacker_no",
    `WHERE ip IN temp.${schema}_ips OR attacker_no IN (SELECT attacker_no
       FROM ${schema}.finding_attackers WHERE finding_no IN temp.${schema}_touched)`,
  )
}
