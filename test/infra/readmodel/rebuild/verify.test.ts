import { join } from "node:path"
import Sqlite, { type Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { Metadata } from "../../../../src/domain/event/events.ts"
import type { FindingId } from "../../../../src/domain/event/ids.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import { disagreements } from "../../../../src/infra/readmodel/rebuild/GenerationDiff.ts"
import { fileOf } from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { verify } from "../../../../src/infra/readmodel/rebuild/verify.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { blockSize } from "../../../../src/projections/reuse/foldIndex.ts"
import { captured, identified, policyChanged, triaged } from "../../../projections/captureEvents.ts"
import { append, captures, rewrite, wholeLog } from "../logEvents.ts"
import { announcing, currentDatabase } from "../sinks.ts"
import { storesTest } from "../storesTest.ts"

const uuid = "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11"

const verified = (data: string) =>
  verify({ data, live: { no: 1, file: fileOf(data, 1) }, onProgress: () => Effect.void })

/** Verifies while the live generation is not as it was, and puts it back. */
const whileChanged = Effect.fnUntraced(function* (data: string, table: string, sql: string) {
  const database = new Sqlite(fileOf(data, 1))
  database.exec(`CREATE TEMP TABLE kept AS SELECT * FROM main.${table}; ${sql}`)
  const found = yield* verified(data)
  database.exec(`DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM temp.kept`)
  database.close()
  return found
})

const tablesOf = (database: Database): ReadonlyArray<string> =>
  database
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .pluck()
    .all()

describe("verify", () => {
  storesTest("finds a row that is gone, in whatever table", (data) =>
    Effect.gen(function* () {
      const broken = captured({ password: "broken" })
      yield* append([
        ...captures(80),
        identified({ ip: "192.0.2.3", uuid }),
        policyChanged({ minTargets: 3 }),
        triaged({ type: "finding.acknowledged", findingId: uuid as FindingId }), // any will do
        broken,
        ...captures(blockSize),
      ])
      yield* rewrite(data, broken.recorded.id, JSON.stringify({ ...broken.data, observedAt: "?" }))
      yield* catchUp("quarantine")
      const database = yield* currentDatabase
      const before = yield* verified(data)
      expect(disagreements(before)).toEqual([])
      for (const table of tablesOf(database).filter(
        (name) => name !== "outbox" && name !== "last_event",
      )) {
        const { rows } = before.tables.find((one) => one.table === table)?.live ?? { rows: 0 }
        expect(rows, table).toBeGreaterThan(0)
        const found = yield* whileChanged(data, table, `DELETE FROM ${table} LIMIT 1`)
        const differing = disagreements(found)
        // Without a checkpoint it stands at the beginning, where nothing is in any table.
        if (table === "checkpoints") {
          expect(differing.every((compared) => compared.rebuilt.rows === 0)).toBe(true)
          expect(differing.length).toBeGreaterThan(10)
          continue
        }
        const here = differing.find((compared) => compared.table === table)
        expect(here?.live.rows, table).toBe(rows - 1)
        expect(here?.differences[0], table).toMatchObject({ what: "extra" })
      }
    }),
  )

  storesTest("finds every change to what waits to be announced", (data) =>
    Effect.gen(function* () {
      yield* append(captures(20))
      yield* catchUp("stop")
      yield* append(
        ["a", "b"].map((decky) => captured({ decky, ip: "192.0.2.77", password: "new" })),
      )
      const database = yield* currentDatabase
      const projection = yield* announcing
      const from = readCheckpoint(database, projection.name)
      const later = (yield* wholeLog).filter(({ position }) => position > from.position)
      const folded = later.filter(({ type }) => projection.types.includes(type))
      yield* commitBatch(projection, from, folded, "stop")
      const wrong = Effect.fnUntraced(function* (sql: string) {
        const { announced } = yield* whileChanged(data, "outbox", sql)
        return announced.examples.map(({ what }) => what)
      })
      const before = yield* verified(data)
      expect(before.announced).toMatchObject({ waiting: 2, wrong: 0 })
      for (const [column, value] of Object.entries({
        stream: "stream || '~'",
        expected_revision: "7",
        type: "type || '~'",
        data: "data || '~'",
        metadata: "metadata || '~'",
      })) {
        const sql = `UPDATE outbox SET ${column} = ${value} WHERE type = 'credential.reuse.detected'`
        expect(yield* wrong(sql), column).toEqual(["altered"])
      }
      const doubled = (id: string): string =>
        `INSERT INTO outbox (stream, expected_revision, event_id, type, data, metadata)
           SELECT stream, expected_revision, ${id}, type, data, metadata FROM outbox LIMIT 1`
      expect(yield* wrong("UPDATE outbox SET event_id = 'x' LIMIT 1")).toEqual([
        "missing",
        "unexpected",
      ])
      expect(yield* wrong("DELETE FROM outbox LIMIT 1")).toEqual(["missing"])
      expect(yield* wrong(doubled("event_id"))).toEqual(["unexpected"])
      expect(yield* wrong(doubled("'x'"))).toEqual(["unexpected"])
      expect((yield* verified(data)).announced).toEqual(before.announced)
    }),
  )

  storesTest(
    "finds an announcement that says something else than history, or names another cause",
    (data) =>
      Effect.gen(function* () {
        yield* append(captures(20))
        yield* catchUp("stop")
        const announced = (yield* wholeLog).filter(({ type }) => type !== "credential.captured")
        const log = new Sqlite(join(data, "log.sqlite"))
        const replace = (column: string, id: string, from: string, to: string): number =>
          log
            .prepare(
              `UPDATE events SET ${column} = replace(${column}, ?, ?)
              WHERE event_id = unhex(replace(?, '-', ''))`,
            )
            .run(from, to, id).changes
        for (const { id, type, data: said, metadata } of announced.slice(0, 6)) {
          const { observedAt } = said as { readonly observedAt: string } // both types have it
          const { $causationId } = metadata as Metadata // our own
          for (const [column, one, other] of [
            ["data", observedAt, "2020-01-01T00:00:00.000000Z"],
            ["metadata", `"$causationId":"${$causationId}"`, `"$causationId":"${id}"`],
          ] as const) {
            expect(replace(column, id, one, other)).toBe(1)
            const found = yield* verified(data)
            expect(found.announced, `${column} of ${type}`).toMatchObject({
              wrong: 1,
              examples: [{ eventId: id, what: "altered" }],
            })
            replace(column, id, other, one)
          }
        }
        expect((yield* verified(data)).announced.wrong).toBe(0)
        log.close()
      }),
  )
})
