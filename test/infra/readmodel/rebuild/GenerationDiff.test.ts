import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite, { type Database } from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  disagreements,
  type GenerationDiff,
  openGenerationDiff,
} from "../../../../src/infra/readmodel/rebuild/GenerationDiff.ts"
import type { Mark } from "../../../../src/projections/generationDiff/changedRows.ts"
import type { RowDifference } from "../../../../src/projections/generationDiff/tableDiff.ts"
import { makeReuseFold } from "../../../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../../../src/projections/schema.ts"
import { captured, identified, policyChanged } from "../../../projections/captureEvents.ts"

const directory = mkdtempSync(join(tmpdir(), "credtrail-diff-"))
const files = { live: join(directory, "live.sqlite"), rebuilt: join(directory, "rebuilt.sqlite") }
let live: Database
let diff: GenerationDiff

const captures = Array.from({ length: 40 }, (_, n) =>
  captured({
    decky: `decky-${n % 4}`,
    ip: n % 9 === 0 ? null : `192.0.2.${(n % 5) + 1}`,
    password: n % 7 === 0 ? new Uint8Array([0, n % 2, 255]) : `tin-${n % 3}`,
    outcome: "failure",
    fields: { client: `c${n % 2}` },
  }),
)
const last = captured({ decky: "decky-1", ip: "192.0.2.2", password: "tin-1" })
const events = [
  ...captures,
  identified({ ip: "192.0.2.3", uuid: "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11" }),
  policyChanged({ minTargets: 3 }),
  last,
]

type Value = string | number | null

const columnsOf = (table: string) =>
  live
    .prepare<[string], { name: string; type: string; pk: number; isRequired: number }>(
      'SELECT name, type, pk, "notnull" AS isRequired FROM pragma_table_info(?)',
    )
    .all(table)

/** Gives every row that others refer to another number, which a row of the other generation has. */
const renumber = (database: Database): void => {
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all()
  for (const table of tables) {
    for (const column of ["finding_no", "secret_no", "attacker_no"]) {
      const has = database
        .prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?")
        .get(table, column)
      if (has === undefined) continue
      database.exec(`UPDATE ${table} SET ${column} = -(${column} + 1) WHERE ${column} > 0;
        UPDATE ${table} SET ${column} = -${column} WHERE ${column} < 0`)
    }
  }
}

beforeAll(() => {
  // The second numbers everything in another order: that is no difference.
  for (const [file, order] of [
    [files.live, ["decky-0", "decky-1"]],
    [files.rebuilt, ["decky-3", "decky-2"]],
  ] as const) {
    const database = new Sqlite(file)
    database.pragma("journal_mode = WAL")
    database.exec(readModelSchema)
    for (const decky of order) {
      database.prepare("INSERT INTO targets (decky, service) VALUES (?, 'ssh')").run(decky)
    }
    const projection = makeReuseFold(database, "silent")
    database.transaction(() => projection.apply(events))()
    if (file === files.rebuilt) renumber(database)
    database
      .prepare("INSERT INTO checkpoints VALUES ('credential-reuse', '42', ?, 42)")
      .run(order.length + file.length)
    database.close()
  }
  live = new Sqlite(files.live)
  live.prepare("ATTACH ? AS other").run(files.rebuilt)
  // What keeps earlier rows would turn one change into several.
  for (const trigger of live
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .pluck()
    .all()) {
    live.exec(`DROP TRIGGER ${trigger}`)
  }
  diff = openGenerationDiff(files.live, files.rebuilt)
  // Something stands in every table.
  for (const table of tables()) {
    if (passedOver.includes(table) || live.prepare(`SELECT 1 FROM ${table}`).get() !== undefined)
      continue
    const columns = columnsOf(table)
    const values = columns
      .map(({ name, type }) => {
        if (type === "TEXT") return "'x'"
        // Nothing was retried: else what follows from the order of folding is left out.
        if (name === "retried") return "0"
        return name.endsWith("_no") ? "999" : "1"
      })
      .join(", ")
    for (const schema of ["main", "other"]) {
      live.exec(
        `INSERT INTO ${schema}.${table} (${columns.map(({ name }) => name).join(", ")}) VALUES (${values})`,
      )
    }
  }
})

afterAll(() => {
  diff.close()
  live.close()
  rmSync(directory, { recursive: true })
})

const tables = (): ReadonlyArray<string> =>
  live
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .pluck()
    .all()

const compared = (since?: Mark) => disagreements({ tables: diff.compare(since) })

/** Compares while a table of the live generation is not as it was. */
const whileChanged = (
  table: string,
  change: () => void,
  look: () => void,
  schema: "main" | "other" = "main",
): void => {
  live.exec(`CREATE TEMP TABLE kept_${schema} AS SELECT * FROM ${schema}.${table}`)
  try {
    live.pragma("foreign_keys = OFF")
    change()
    look()
  } finally {
    live.exec(
      `DELETE FROM ${schema}.${table}; INSERT INTO ${schema}.${table} SELECT * FROM temp.kept_${schema};
       DROP TABLE temp.kept_${schema}`,
    )
  }
}

const other = (value: Value, type = "TEXT"): Value =>
  typeof value === "number" ? value + 1000 : type === "INTEGER" ? 1 : `${value ?? ""}~`

const others = (
  value: Value,
  { type, isRequired, pk }: { type: string; isRequired: number; pk: number },
): ReadonlyArray<Value> =>
  value === null || isRequired === 1 || pk > 0 ? [other(value, type)] : [other(value, type), null]

type Row = Readonly<Record<string, Value>>

/** A row from the middle of a table, and the last. */
const rowsOf = (table: string): ReadonlyArray<Row> => {
  const rows = live.prepare<[], Row>(`SELECT * FROM main.${table}`).all()
  return [...new Set([rows.length >> 1, rows.length - 1])].flatMap((n) => {
    const row = rows[n]
    return row === undefined ? [] : [row]
  })
}

const insert = (table: string, row: Readonly<Record<string, Value>>): void => {
  const names = Object.keys(row)
  live
    .prepare(
      `INSERT INTO main.${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    )
    .run(...Object.values(row))
}

const where = (row: Readonly<Record<string, Value>>): string =>
  Object.keys(row)
    .map((name) => `${name} IS ?`)
    .join(" AND ")

const compareds = (): ReadonlyArray<string> =>
  tables().filter((table) => !passedOver.includes(table))

const passedOver = ["outbox", "last_event"]
const leftOut = ["commit_no"]

const differencesOf = (table: string): ReadonlyArray<RowDifference> =>
  compared().find((one) => one.table === table)?.differences ?? []

/** Another row that says the same, but for what no two rows of the table may share. */
const double = (table: string, row: Row) => (): void => {
  const unique = live
    .prepare<[string], string>(
      `SELECT DISTINCT columns.name FROM pragma_index_list(?) AS indexes
         JOIN pragma_index_info(indexes.name) AS columns WHERE indexes."unique"`,
    )
    .pluck()
    .all(table)
  const key = columnsOf(table).flatMap(({ name, pk }) => (pk > 0 ? [name] : []))
  const changed = new Set([...key, ...unique])
  insert(
    table,
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, changed.has(name) ? other(value) : value]),
    ),
  )
}

/** The surrogate of a row in its own table says nothing. */
const ownNumber: Readonly<Record<string, string>> = {
  targets: "target_no",
  attackers: "attacker_no",
  secrets: "secret_no",
  findings: "finding_no",
}

/** What the numbers of other tables that refer to a row stand for. */
const naming: Readonly<Record<string, ReadonlyArray<string>>> = {
  targets: ["decky", "service"],
  attackers: ["ip"],
  secrets: ["kind", "digest"],
  findings: ["finding_id"],
}

/** Marks the moment before the n-th event. */
const markBefore = (event: number): Mark => ({ live: event - 1, rebuilt: event - 1 })
const identification = captures.length + 1

describe("a comparison of generations", () => {
  it("finds nothing where they differ in numbers and in how often they were committed", () => {
    expect(compared()).toEqual([])
    for (const event of [1, 20, identification, events.length, events.length + 1]) {
      expect(compared(markBefore(event)), `since ${event}`).toEqual([])
    }
    const byNumber = (file: "main" | "other", table: string, name: string) =>
      live.prepare(`SELECT ${table}_no, ${name} FROM ${file}.${table}s ORDER BY 1`).raw().all()
    for (const [table, name] of Object.entries({
      target: "decky",
      attacker: "ip",
      secret: "digest",
      finding: "finding_id",
    })) {
      expect(byNumber("main", table, name), table).not.toEqual(byNumber("other", table, name))
    }
  })

  it("finds every change of every column of every table, and says which", () => {
    for (const table of compareds()) {
      for (const column of columnsOf(table)) {
        const { name, pk } = column
        if (leftOut.includes(name) || ownNumber[table] === name) continue
        const isName = pk > 0 || naming[table]?.includes(name)
        const expected = isName ? [["missing"], ["extra"]] : [["changed", name]]
        for (const row of rowsOf(table)) {
          for (const value of others(row[name] ?? null, column)) {
            const change = () =>
              live
                .prepare(`UPDATE main.${table} SET ${name} = ? WHERE ${where(row)}`)
                .run(value, ...Object.values(row))
            whileChanged(table, change, () => {
              const told = differencesOf(table).map(({ what, columns }) => [
                what,
                ...Object.keys(columns),
              ])
              expect(told, `${table}.${name}`).toEqual(expected)
            })
          }
        }
      }
    }
  })

  it("finds every row that is gone, and says which", () => {
    for (const table of compareds()) {
      for (const row of rowsOf(table)) {
        const drop = () =>
          live.prepare(`DELETE FROM main.${table} WHERE ${where(row)}`).run(...Object.values(row))
        whileChanged(table, drop, () => {
          const key = Object.fromEntries(
            columnsOf(table).flatMap(({ name, pk }) =>
              // What a number stands for is told in its place.
              pk > 0
                ? [[name, name.endsWith("_no") ? expect.any(String) : (row[name] ?? null)]]
                : [],
            ),
          )
          expect(differencesOf(table), table).toEqual([{ what: "extra", key, columns: {} }])
        })
      }
    }
  })

  it("finds every row that is there twice", () => {
    for (const table of compareds()) {
      for (const row of rowsOf(table)) {
        whileChanged(table, double(table, row), () => {
          const [first, ...others] = differencesOf(table)
          const { what, columns } = first ?? {}
          expect({ [table]: { what, columns }, others }).toEqual({
            [table]: { what: "missing", columns: {} },
            others: [],
          })
        })
      }
    }
  })

  it("finds two rows that have exchanged a value", () => {
    const [one, two] = live
      .prepare<[], { finding_no: number; target_no: number; attempt_count: number }>(
        "SELECT * FROM finding_targets GROUP BY attempt_count LIMIT 2",
      )
      .all()
    const set = live.prepare(
      "UPDATE main.finding_targets SET attempt_count = ? WHERE finding_no = ? AND target_no = ?",
    )
    whileChanged(
      "finding_targets",
      () => {
        set.run(two?.attempt_count, one?.finding_no, one?.target_no)
        set.run(one?.attempt_count, two?.finding_no, two?.target_no)
      },
      () => expect(compared()).toMatchObject([{ table: "finding_targets" }]),
    )
  })

  it("tells apart texts that come to the same when they are joined", () => {
    const variants = [
      ["'ab'", "'c'"],
      ["'a'", "'bc'"],
      ["'abc'", "''"],
      ["'abc'", "NULL"],
      ["NULL", "'abc'"],
      ["'abc' || char(0)", "NULL"],
    ]
    const change = (schema: "main" | "other", [outcome, fields]: ReadonlyArray<string>) =>
      live.exec(`UPDATE ${schema}.credentials SET outcome = ${outcome}, fields = ${fields}`)
    for (const one of variants) {
      whileChanged(
        "credentials",
        () => change("main", one),
        () => {
          for (const other of variants) {
            const look = () =>
              expect(compared(), `${one} and ${other}`).toHaveLength(one === other ? 0 : 1)
            whileChanged("credentials", () => change("other", other), look, "other")
          }
        },
      )
    }
  })

  it("finds, among what may have changed since a mark, what has changed there and nothing else", () => {
    const since = markBefore(events.length)
    const no = live
      .prepare<[number], number>("SELECT finding_no FROM folded WHERE ordinal = ?")
      .pluck()
      .get(events.length)
    for (const [table, change] of Object.entries({
      findings: "attempt_count = attempt_count + 1",
      finding_targets: "attempt_count = attempt_count + 1",
      finding_attackers: "attempt_count = attempt_count + 1",
      credentials: "attempt_count = attempt_count + 1",
      finding_history: "attempt_count = attempt_count + 1",
      folded: "observed_at = observed_at + 1",
      secrets: "length_class = length_class || '~'",
    })) {
      const column = table === "secrets" ? "secret_no" : "finding_no"
      const numbers = `(SELECT ${column} FROM findings WHERE finding_no = ${no})`
      const changeWhere = (condition: string) => () =>
        live.exec(`UPDATE main.${table} SET ${change} WHERE ${column} ${condition} ${numbers}`)
      whileChanged(table, changeWhere("IN"), () =>
        expect(compared(since), table).toMatchObject([{ table }]),
      )
      whileChanged(table, changeWhere("NOT IN"), () => expect(compared(since), table).toEqual([]))
    }
    // Whatever changed it: a capture, an identification, or a growth of its finding.
    const counted = (table: string) => () =>
      live.exec(`UPDATE main.${table} SET attempt_count = attempt_count + 1`)
    const end = markBefore(events.length + 1)
    whileChanged("attackers", counted("attackers"), () => {
      expect(compared(end)).toEqual([])
      expect(compared(since)).toMatchObject([{ table: "attackers", live: { rows: 1 } }])
      expect(compared(markBefore(identification))).toMatchObject([
        { table: "attackers", live: { rows: 2 } },
      ])
    })
    const grown = live
      .prepare<[number], number>("SELECT count(*) FROM finding_history WHERE ordinal = ?")
      .pluck()
      .get(identification)
    expect(grown).toBeGreaterThan(1)
    whileChanged("findings", counted("findings"), () => {
      expect(compared(end)).toEqual([])
      expect(compared(markBefore(identification))).toMatchObject([{ table: "findings" }])
      expect(compared(markBefore(identification))[0]?.differing).toBeGreaterThanOrEqual(grown ?? 0)
    })
    const change = () =>
      live.exec("UPDATE main.folded SET recorded_at = 1 WHERE finding_no IS NULL")
    whileChanged("folded", change, () =>
      expect(compared(markBefore(identification))).toMatchObject([
        { table: "folded", differences: [{ what: "changed" }, { what: "changed" }] },
      ]),
    )
  })

  it("does not tell what may repeat a secret", () => {
    const change = () => live.exec("UPDATE main.credentials SET fields = 'open-sesame'")
    whileChanged("credentials", change, () => {
      const told = JSON.stringify(compared())
      expect(told).toContain("fields")
      expect(told).not.toMatch(/open-sesame|client/)
    })
  })
})
