import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  countDeadLettersOfKey,
  type DeadLetter,
  findDeadLetter,
} from "../../projections/deadLetters.ts"
import { type Quarantine, quarantineOf } from "../../projections/quarantine.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { onOneLine } from "../cli/render/onOneLine.ts"
import { visible } from "../cli/render/visible.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { decodeDeadLetter } from "../readmodel/quarantine/decodeDeadLetter.ts"
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
      const letter = findDeadLetter(
        database,
        input.event.toLowerCase(),
        log.parsePosition(input.event) ?? input.event,
      )
      if (letter === undefined) return undefined
      const { projection, findingId } = letter
      if (findingId === null) return { ...letter, quarantine: null, waiting: 0 }
      return {
        ...letter,
        quarantine: quarantineOf(database, projection, findingId) ?? null,
        waiting: countDeadLettersOfKey(database, projection, findingId),
      }
    })
    if (found === undefined) {
      return yield* new NotFound({
        message: `no dead letter has the id or position ${input.event}: credtrail dead-letters lists them`,
      })
    }
    const decoded = yield* decodeDeadLetter(found)
    const problem = Result.isFailure(decoded) ? decoded.failure : null
    return { ...found, problem } satisfies ShownLetter
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  yield* Console.log(input.json ? jsonText(shown, 2) : letterText(shown))
})

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
