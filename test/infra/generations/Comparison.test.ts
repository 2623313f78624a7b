import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite, { type Database, SqliteError } from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { beginning } from "../../../src/domain/position.ts"
import { reuseKeyOf } from "../../../src/domain/reuseKey.ts"
import {
  agree,
  type Comparison,
  openComparison,
  type Touched,
} from "../../../src/infra/generations/Comparison.ts"
import { makeReuseProjection } from "../../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../../src/projections/schema.ts"
import { captured, identified, policyChanged } from "../../projections/captureEvents.ts"

const directory = mkdtempSync(join(tmpdir(), "credtrail-comparison-"))
const files = { live: join(directory, "live.sqlite"), rebuilt: join(directory, "rebuilt.sqlite") }
let live: Database
let comparison: Comparison

const captures = Array.from({ length: 40 }, (_, n) =>
  captured({
    decky: `decky-${n % 4}`,
    ip: n % 9 === 0 ? null : `192.0.2.${(n % 5) + 1}`,
    password: n % 7 === 0 ? new Uint8Array([0, n % 2, 255]) : `tin-${n % 3}`,
    outcome: "failure",
    fields: { client: `c${n % 2}` },
  }),
)
const events = [
  ...captures,
  identified({ ip: "192.0.2.3", uuid: "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11" }),
  policyChanged({ minTargets: 3 }),
]

type Value = string | number | null

const columnsOf = (table: string) =>
  live
    .prepare<[string], { name: string; type: string; pk: number }>(
      "SELECT name, type, pk FROM pragma_table_info(?)",
    )
    .all(table)

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
    const projection = makeReuseProjection(database, "silent")
    database.transaction(() => projection.apply(events))()
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
  comparison = openComparison(files.live, files.rebuilt)
  // Something stands in every table.
  for (const table of tables()) {
    if (table === "outbox" || live.prepare(`SELECT 1 FROM ${table}`).get() !== undefined) continue
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
  comparison.close()
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

const compared = (touched?: Touched) => {
  const found = comparison.compare(touched).filter((table) => !agree(table))
  comparison.release()
  return found
}

/** Compares while a table of the live generation is not as it was. */
const whileChanged = (table: string, change: () => void, look: () => void): void => {
  live.exec(`CREATE TEMP TABLE kept AS SELECT * FROM main.${table}`)
  try {
    live.pragma("foreign_keys = OFF")
    change()
    look()
  } finally {
    live.exec(
      `DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM temp.kept; DROP TABLE temp.kept`,
    )
  }
}

const other = (value: Value, type = "TEXT"): Value =>
  typeof value === "number" ? value + 1000 : type === "INTEGER" ? 1 : `${value ?? ""}~`

const rowOf = (table: string): Readonly<Record<string, Value>> =>
  live
    .prepare<[], Record<string, Value>>(`SELECT * FROM main.${table} ORDER BY 1 LIMIT 1 OFFSET
    (SELECT count(*) / 2 FROM main.${table})`)
    .get() ?? {}

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

const passedOver = ["outbox"]
const leftOut = ["commit_no"]

/** The surrogate of a row in its own table says nothing. */
const ownNumber: Readonly<Record<string, string>> = {
  targets: "target_no",
  attackers: "attacker_no",
  secrets: "secret_no",
  findings: "finding_no",
}

const everything: Touched = {
  keys: captures.flatMap(({ data, type }) =>
    type === "credential.captured" ? [reuseKeyOf(data)] : [],
  ),
  ips: [1, 2, 3, 4, 5].map((n) => `192.0.2.${n}`),
  after: beginning,
}

describe("a comparison of generations", () => {
  it("finds nothing where they differ in numbers and in how often they were committed", () => {
    expect(compared()).toEqual([])
    expect(compared(everything)).toEqual([])
    const byNumber = (file: "main" | "other") =>
      live.prepare(`SELECT decky FROM ${file}.targets ORDER BY target_no`).pluck().all()
    expect(byNumber("main")).not.toEqual(byNumber("other"))
  })

  it("finds every change of every column of every table, and says which", () => {
    for (const table of tables()) {
      if (passedOver.includes(table)) continue
      for (const { name, type } of columnsOf(table)) {
        if (leftOut.includes(name) || ownNumber[table] === name) continue
        const row = rowOf(table)
        const change = () =>
          live
            .prepare(`UPDATE main.${table} SET ${name} = ? WHERE ${where(row)}`)
            .run(other(row[name] ?? null, type), ...Object.values(row))
        whileChanged(table, change, () => {
          const found = compared()
          const here = found.find((one) => one.table === table)
          expect(here?.differences.length, `${table}.${name}`).toBeGreaterThan(0)
          const [difference] = here?.differences ?? []
          if (difference?.what === "changed")
            expect(Object.keys(difference.columns)).toEqual([name])
          else
            expect(here?.differences.map(({ what }) => what).toSorted()).toEqual(
              expect.arrayContaining(["missing"]),
            )
        })
      }
    }
  })

  it("finds every row that is gone, and every one that is there twice", () => {
    for (const table of tables()) {
      if (passedOver.includes(table)) continue
      const row = rowOf(table)
      const drop = () =>
        live.prepare(`DELETE FROM main.${table} WHERE ${where(row)}`).run(...Object.values(row))
      whileChanged(table, drop, () => {
        const here = compared().find((one) => one.table === table)
        expect(here, table).toMatchObject({ differences: [{ what: "extra" }] })
      })
      const key = columnsOf(table).filter(({ pk }) => pk > 0)
      const withKey = (names: ReadonlyArray<string>) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            names.includes(name)
              ? typeof value === "number"
                ? value + 1000
                : other(value)
              : value,
          ]),
        )
      const double = () => {
        try {
          insert(table, withKey(key.map(({ name }) => name)))
        } catch (cause) {
          if (!(cause instanceof SqliteError)) throw cause
          insert(table, withKey([...key.map(({ name }) => name), "ip", "decky", "principal"]))
        }
      }
      whileChanged(table, double, () => {
        const here = compared().find((one) => one.table === table)
        expect(here?.differences.length, table).toBeGreaterThan(0)
      })
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

  it("finds, narrowed down to what was touched, what has changed there and nothing else", () => {
    const touched = captures[1]
    if (touched?.type !== "credential.captured") throw new Error("no capture")
    const few: Touched = {
      keys: [reuseKeyOf(touched.data)],
      ips: [],
      after: "~" as Touched["after"],
    } // beyond all
    const no = live
      .prepare<[string], number>(
        "SELECT finding_no FROM findings JOIN secrets USING (secret_no) WHERE sha256 = ?",
      )
      .pluck()
      .get(touched.data.secret?.sha256 ?? "")
    for (const table of [
      "findings",
      "finding_targets",
      "finding_attackers",
      "credentials",
      "finding_history",
    ]) {
      const change = (condition: string) => () =>
        live.exec(
          `UPDATE main.${table} SET attempt_count = attempt_count + 1 WHERE finding_no ${condition} ${no}`,
        )
      whileChanged(table, change("="), () => expect(compared(few)).toMatchObject([{ table }]))
      whileChanged(table, change("<>"), () => expect(compared(few)).toEqual([]))
    }
  })

  it("does not tell secrets", () => {
    for (const [table, column] of [
      ["secrets", "printable"],
      ["secrets", "base64"],
      ["credentials", "fields"],
    ] as const) {
      whileChanged(
        table,
        () => live.exec(`UPDATE main.${table} SET ${column} = 'open-sesame'`),
        () => {
          const told = JSON.stringify(compared())
          expect(told).toContain(column)
          expect(told).not.toMatch(/open-sesame|tin-/)
        },
      )
    }
  })
})
