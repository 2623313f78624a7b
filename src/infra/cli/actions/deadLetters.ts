import type { Database } from "better-sqlite3"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { makeReuseProjection } from "../../../projections/reuse/reuseProjection.ts"
import { onCurrentGeneration } from "../../readmodel/onCurrentGeneration.ts"
import { ReadModel } from "../../readmodel/ReadModel.ts"
import { type DeadLetter, retryDeadLetters as retry } from "../../readmodel/retryDeadLetters.ts"
import { relayOutbox } from "../../relay/relayOutbox.ts"
import { jsonText } from "../render/jsonText.ts"
import { onOneLine } from "../render/onOneLine.ts"
import { pageText } from "../render/pageText.ts"
import { table } from "../render/table.ts"
import { Storage } from "../Storage.ts"
import { terminalWidth } from "../terminalWidth.ts"
import { askReadModels } from "./readModels.ts"

const everything = Number.MAX_SAFE_INTEGER

/** Lists what projections have set aside. */
export const showDeadLetters = Effect.fn("showDeadLetters")(function* (input: {
  readonly data: string
  readonly limit: number
  readonly offset: number
  readonly json: boolean
}) {
  const { total, letters } = yield* askReadModels(input.data, (database) => ({
    total: countDeadLetters(database),
    letters: listDeadLetters(database, input.limit, input.offset),
  }))
  if (input.json) return yield* Console.log(jsonText({ total, deadLetters: letters }, 2))
  if (total === 0) return yield* Console.log("no dead letters")
  const rows = table(
    ["POSITION", "TYPE", "EVENT", "RETRIED", { title: "REASON", flexible: true }],
    letters.map(({ position, type, eventId, retried, reason }) => [
      position,
      type,
      eventId,
      retried ? "yes" : "no",
      onOneLine(reason),
    ]),
    terminalWidth(),
  )
  yield* Console.log(`${rows}\n\n${pageText(input.offset, letters.length, total)}`)
})

/** Folds what was set aside, as far as it can be folded now. */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  const retrying = Effect.gen(function* () {
    const readModel = yield* ReadModel
    const letters = yield* readModel.attempt("list dead letters", (database) =>
      listDeadLetters(database, everything, 0),
    )
    const waiting = letters.filter(({ retried }) => !retried).length
    const folded = yield* retry(makeReuseProjection(readModel.database, "announcing"), letters)
    yield* relayOutbox
    return { folded, left: waiting - folded }
  })
  const outcome = yield* onCurrentGeneration(retrying).pipe(
    Effect.provide(storage.open(input.data, "read-write")),
  )
  yield* Console.log(
    input.json
      ? jsonText(outcome, 2)
      : `${outcome.folded} folded, ${outcome.left} still cannot be folded`,
  )
})

const countDeadLetters = (database: Database): number =>
  database.prepare<[], number>("SELECT count(*) FROM dead_letters").pluck().get() ?? 0

const listDeadLetters = (
  database: Database,
  limit: number,
  offset: number,
): ReadonlyArray<DeadLetter> =>
  database
    .prepare<[number, number], Omit<DeadLetter, "retried"> & { readonly retried: number }>(
      `SELECT projection, position, event_id AS eventId, type, stream, revision, reason, retried
         FROM dead_letters ORDER BY projection, position LIMIT ? OFFSET ?`,
    )
    .all(limit, offset)
    .map((row) => ({ ...row, retried: row.retried === 1 }))
