import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import {
  countDeadLetters,
  countPoison,
  listPoison,
  skippedDeadLetters,
} from "../../projections/deadLetters.ts"
import { quarantinesOf } from "../../projections/quarantine.ts"
import {
  makeReuseProjection,
  reuseProjectionName,
} from "../../projections/reuse/reuseProjection.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { onOneLine } from "../cli/render/onOneLine.ts"
import { pageText } from "../cli/render/pageText.ts"
import { table } from "../cli/render/table.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { onCurrentGeneration } from "../readmodel/onCurrentGeneration.ts"
import { releaseQuarantine } from "../readmodel/quarantine/releaseQuarantine.ts"
import { retryDeadLetters as retry } from "../readmodel/quarantine/retryDeadLetters.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { relayOutbox } from "../readmodel/relayOutbox.ts"
import { askReadModels } from "./readModels.ts"
import { Storage } from "./Storage.ts"

/** Lists the events that could not be folded. */
export const showDeadLetters = Effect.fn("showDeadLetters")(function* (input: {
  readonly data: string
  readonly limit: number
  readonly offset: number
  readonly json: boolean
}) {
  const { total, letters } = yield* askReadModels(input.data, (database) => ({
    total: countPoison(database),
    letters: listPoison(database, input),
  }))
  if (input.json) return yield* Console.log(jsonText({ total, deadLetters: letters }, 2))
  if (total === 0) return yield* Console.log("no dead letters")
  const rows = table(
    [
      "POSITION",
      "TYPE",
      "EVENT",
      "RETRIED",
      "QUARANTINED",
      { title: "BEHIND", align: "right" },
      { title: "REASON", flexible: true },
    ],
    letters.map(({ position, type, eventId, retried, findingId, behind, reason }) => [
      position,
      type,
      eventId,
      retried ? "yes" : "no",
      findingId ?? "no, skipped",
      String(behind),
      onOneLine(reason ?? ""),
    ]),
    terminalWidth(),
  )
  yield* Console.log(`${rows}\n\n${pageText(input.offset, letters.length, total)}`)
})

/** Folds what was set aside, as far as it can be folded now: first the keys in quarantine. */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  const retrying = Effect.gen(function* () {
    const readModel = yield* ReadModel
    const quarantines = yield* readModel.attempt("list quarantines", (database) =>
      quarantinesOf(database, reuseProjectionName),
    )
    let folded = 0
    let released = 0
    for (const { findingId } of quarantines) {
      const retried = yield* releaseQuarantine(findingId)
      folded += retried.folded
      released += retried.released
    }
    const skipped = yield* readModel.attempt("list dead letters", (database) =>
      skippedDeadLetters(database, reuseProjectionName),
    )
    folded += yield* retry(makeReuseProjection(readModel.database, "announcing"), skipped)
    yield* relayOutbox
    const left = yield* readModel.attempt("count dead letters", countDeadLetters)
    return { folded, left, released }
  })
  const outcome = yield* onCurrentGeneration(retrying).pipe(
    Effect.provide(storage.open(input.data, "read-write")),
  )
  yield* Console.log(input.json ? jsonText(outcome, 2) : retryText(outcome))
})

const retryText = (outcome: {
  readonly folded: number
  readonly left: number
  readonly released: number
}): string => {
  const { folded, left, released } = outcome
  const keys = released === 0 ? "" : `, ${released} reuse keys out of quarantine`
  return `${folded} folded, ${left} still cannot be folded${keys}`
}
