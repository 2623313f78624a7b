import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { DecodedEvent } from "../../domain/event/events.ts"
import {
  countDeadLettersOfKey,
  type DeadLetter,
  findDeadLetter,
} from "../../projections/deadLetters.ts"
import { type Quarantine, quarantineOf } from "../../projections/quarantine.ts"
import { vectorRecord } from "../../projections/vectors/vectorsProjection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { decodeDeadLetter } from "../readmodel/quarantine/decodeDeadLetter.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { PendingRecords } from "../vectorstore/checked.ts"
import type { VectorKind } from "../vectorstore/VectorStore.ts"
import { type Answer, NotFound } from "./Answer.ts"
import { type VectorsLayer, withKeptVectors } from "./keptVectors.ts"

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
export const showDeadLetter = Effect.fn("showDeadLetter")(function* <R>(
  event: string,
  vectors: VectorsLayer<R>,
): Effect.fn.Return<
  Answer<ShownDeadLetter>,
  EventLogUnavailable | NotFound | ReadModelUnavailable,
  EventLog | ReadModel | R
> {
  const readModel = yield* ReadModel
  const log = yield* EventLog
  const find = (database: Database) =>
    findDeadLetter(database, event.toLowerCase(), log.parsePosition(event) ?? event)
  const found = yield* readModel.attempt("find a dead letter", (database) => {
    const deadLetter = find(database)
    if (deadLetter === undefined) return undefined
    const { projection, findingId } = deadLetter
    if (findingId === null) return { ...deadLetter, quarantine: null, waiting: 0 }
    return {
      ...deadLetter,
      quarantine: quarantineOf(database, projection, findingId) ?? null,
      waiting: countDeadLettersOfKey(database, projection, findingId),
    }
  })
  if (found !== undefined) {
    const decoded = yield* decodeDeadLetter(found)
    const problem = Result.isFailure(decoded) ? decoded.failure : null
    return { answer: { ...found, problem }, warnings: [] }
  }
  const { answer, warnings } = yield* withKeptVectors(vectors, undefined, (store) =>
    Effect.gen(function* () {
      const deadLetter = yield* store.read("look for a dead letter", find)
      if (deadLetter === undefined) return undefined
      const decoded = yield* decodeDeadLetter(deadLetter)
      const problem = Result.isFailure(decoded)
        ? decoded.failure
        : refusalOf(decoded.success, yield* store.kinds)
      return { ...deadLetter, quarantine: null, waiting: 0, problem }
    }),
  )
  if (answer !== undefined) return { answer, warnings }
  return yield* new NotFound({
    message: `no dead letter has the id or position ${event}: credtrail dead-letters lists them`,
    warnings,
  })
})

/** Why the vector of an event would be refused now; `null` where it would not. */
const refusalOf = (
  event: DecodedEvent | undefined,
  kinds: ReadonlyArray<VectorKind>,
): string | null => {
  if (event?.type !== "attacker.fingerprinted") return null
  const pending = new PendingRecords((name) => kinds.find(({ kind }) => kind === name))
  return pending.put(vectorRecord(event.data)) ?? null
}
