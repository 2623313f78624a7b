import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../domain/event/codec.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import {
  asDeadLetter,
  type DeadLetter,
  type DeadLetterRow,
  deadLetterColumns,
  type Quarantine,
  quarantinesOf,
} from "../../projections/deadLetters.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { onOneLine } from "../cli/render/onOneLine.ts"
import { visible } from "../cli/render/visible.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { Storage } from "./Storage.ts"
import { NotFound } from "./UsageError.ts"

/** The answer of `credtrail dead-letters show --json`. */
interface ShownLetter extends DeadLetter {
  /** Where its reuse key stands still, and which one that is; `null` where it is in no quarantine. */
  readonly quarantine: Quarantine | null
  /** Events of the key that are set aside, this one among them. */
  readonly waiting: number
  /** Why it could not be folded if it were retried now; `null`: it could. */
  readonly problem: string | null
}

/** Shows an event that was set aside, named by its id or its position, without what it says. */
export const showDeadLetter = Effect.fn("showDeadLetter")(function* (input: {
  readonly data: string
  readonly event: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  const shown = yield* Effect.gen(function* () {
    const readModel = yield* ReadModel
    const log = yield* EventLog
    const found = yield* readModel.attempt("look for a dead letter", (database) => {
      const row = database
        .prepare<[string, string], DeadLetterRow>(
          `SELECT ${deadLetterColumns} FROM dead_letters WHERE event_id = ? OR position = ? LIMIT 1`,
        )
        .get(input.event.toLowerCase(), log.parsePosition(input.event) ?? input.event)
      if (row === undefined) return undefined
      const quarantine = quarantinesOf(database, row.projection).find(
        ({ findingId }) => findingId === row.findingId,
      )
      const waiting = database
        .prepare<[string, string | null], number>(
          `SELECT count(*) FROM dead_letters
            WHERE projection = ? AND finding_id = ? AND retried = 0`,
        )
        .pluck()
        .get(row.projection, row.findingId)
      return { ...asDeadLetter(row), quarantine: quarantine ?? null, waiting: waiting ?? 0 }
    })
    if (found === undefined) {
      return yield* new NotFound({
        message: `no dead letter has the id or position ${input.event}: credtrail dead-letters lists them`,
      })
    }
    const [recorded] = yield* log.readStream(found.stream, {
      direction: "forwards",
      from: found.revision,
      limit: 1,
    })
    return { ...found, problem: problemOf(recorded) } satisfies ShownLetter
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  yield* Console.log(input.json ? jsonText(shown, 2) : letterText(shown))
})

const problemOf = (recorded: RecordedEvent | undefined): string | null => {
  if (recorded === undefined) return "the log does not hold it any more"
  const decoded = decodeEvent(recorded)
  return Result.isFailure(decoded) ? decoded.failure.reason : null
}

const letterText = (shown: ShownLetter): string => {
  const { quarantine, findingId } = shown
  const aside = findingId === null ? "the event alone" : `its reuse key, finding ${findingId}`
  const standing =
    quarantine === null
      ? []
      : [
          ["principal", quarantine.key.principal === "" ? "(none)" : quarantine.key.principal],
          ["secret", `${quarantine.key.secretKind} ${quarantine.key.secretSha256}`],
          ["stands at", quarantine.since],
          ["waiting", `${shown.waiting} events of this key`],
        ]
  return [
    ["event", shown.eventId],
    ["position", shown.position],
    ["type", shown.type],
    ["stream", `${shown.stream}, revision ${shown.revision}`],
    ["projection", shown.projection],
    ["reason", shown.reason ?? "its reuse key was in quarantine when it came"],
    ["set aside", aside],
    ...standing,
    ["retried", shown.retried ? "yes" : "no"],
    ["now", shown.problem === null ? "it decodes" : shown.problem],
  ]
    .map(([name = "", value = ""]) => `${name.padEnd(12)}${visible(onOneLine(value))}`)
    .join("\n")
}
