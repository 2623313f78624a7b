import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../domain/event/codec.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { moveCheckpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import { type DeadLetter, markRetried, setReason } from "../../../projections/deadLetters.ts"
import { vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import {
  type VectorRecord,
  vectorRecord,
  vectorTypes,
} from "../../../projections/vectors/vectorsProjection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import type { VectorStoreUnavailable, VectorTransactions } from "../../vectorstore/VectorStore.ts"
import { decodeDeadLetter } from "../quarantine/decodeDeadLetter.ts"

interface Waiting {
  readonly deadLetter: DeadLetter
  readonly record: VectorRecord
}

/**
 * Keeps the vectors that were set aside and can be kept now, and returns how many those were. They
 * come out as if nothing had been wrong: where a later event has the same kind and id, its vector
 * stays. A dead letter that somebody else has retried in the meantime is left alone.
 */
export const retryVectors: (
  store: VectorTransactions,
  deadLetters: ReadonlyArray<DeadLetter>,
) => Effect.Effect<number, EventLogUnavailable | VectorStoreUnavailable, EventLog> = Effect.fn(
  "retryVectors",
)(function* (store, deadLetters) {
  const waiting: Array<Waiting> = []
  for (const deadLetter of deadLetters) {
    const event = Result.getOrUndefined(yield* decodeDeadLetter(deadLetter))
    if (event?.type !== "attacker.fingerprinted") continue
    waiting.push({ deadLetter, record: vectorRecord(event.data) })
  }
  if (waiting.length === 0) return 0
  while (true) {
    const at = yield* store.read("read the checkpoint", (ledger) =>
      readCheckpoint(ledger, vectorsProjectionName),
    )
    const replaced = yield* laterPositions(waiting, at.position)
    const folded = yield* store.commit("retry dead letters", ({ database, put }) => {
      const { position, commitNo } = readCheckpoint(database, vectorsProjectionName)
      if (position !== at.position || commitNo !== at.commitNo) return undefined
      const retried = waiting.filter(({ deadLetter, record }) => {
        if (!markRetried(database, deadLetter)) return false
        const later = replaced.get(nameOf(record))
        if (later !== undefined && later > deadLetter.position) return true
        const refused = put(record)
        if (refused === undefined) return true
        setReason(database, deadLetter, refused)
        return false
      })
      // Not to move it, but to let whoever projects too know that the vectors have changed.
      moveCheckpoint(database, vectorsProjectionName, at, at.position, 0)
      return retried.length
    })
    if (folded !== undefined) return folded
  }
})

/** Of each kind and id that waits, the last event up to a position that is kept. */
const laterPositions = Effect.fnUntraced(function* (
  waiting: ReadonlyArray<Waiting>,
  upTo: Position,
): Effect.fn.Return<ReadonlyMap<string, Position>, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const names = new Set(waiting.map(({ record }) => nameOf(record)))
  const setAside = new Set(waiting.map(({ deadLetter }) => deadLetter.position))
  const found = new Map<string, Position>()
  let from = waiting[0]?.deadLetter.position ?? beginning
  while (true) {
    const page = yield* log.readAll({
      direction: "forwards",
      from,
      limit: pageSize,
      types: vectorTypes,
    })
    for (const event of page) {
      if (event.position > upTo) return found
      const decoded = Result.getOrUndefined(decodeEvent(event))
      if (decoded?.type !== "attacker.fingerprinted" || setAside.has(event.position)) continue
      const name = nameOf(vectorRecord(decoded.data))
      if (names.has(name)) found.set(name, event.position)
    }
    from = page.at(-1)?.position ?? from
    if (page.length < pageSize) return found
  }
})

const pageSize = 5_000

// A kind holds no control characters.
const nameOf = ({ kind, id }: VectorRecord): string => `${kind}\0${id}`
