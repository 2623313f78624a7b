import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  countDeadLettersOfKey,
  type DeadLetter,
  findDeadLetter,
} from "../../projections/deadLetters.ts"
import { type Quarantine, quarantineOf } from "../../projections/quarantine.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { decodeDeadLetter } from "../readmodel/quarantine/decodeDeadLetter.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { type Answer, NotFound } from "./Answer.ts"

/** An event that was set aside, and what keeps it from being folded now. */
export interface ShownDeadLetter extends DeadLetter {
  /** Where its reuse key stands still, and which one that is; `null` where it is in no quarantine. */
  readonly quarantine: Quarantine | null
  /** Events of the key that are set aside, this one among them. */
  readonly waiting: number
  /** Why it could not be folded if it were retried now; `null`: it could. */
  readonly problem: string | null
}

/** Shows an event that was set aside, named by its id or its position, without what it says. */
export const showDeadLetter = Effect.fn("showDeadLetter")(function* (
  event: string,
): Effect.fn.Return<
  Answer<ShownDeadLetter>,
  EventLogUnavailable | NotFound | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const readModel = yield* ReadModel
  const log = yield* EventLog
  const found = yield* readModel.attempt("find a dead letter", (database) => {
    const position = log.parsePosition(event) ?? event
    const letter = findDeadLetter(database, event.toLowerCase(), position)
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
      message: `no dead letter has the id or position ${event}: credtrail dead-letters lists them`,
    })
  }
  const decoded = yield* decodeDeadLetter(found)
  const problem = Result.isFailure(decoded) ? decoded.failure : null
  return { answer: { ...found, problem }, warnings: [] }
})
