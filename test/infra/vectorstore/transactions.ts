import type { EventId } from "../../../src/domain/event/ids.ts"
import type { Position } from "../../../src/domain/event/position.ts"
import type { VectorTransactions } from "../../../src/infra/vectorstore/VectorStore.ts"
import { moveCheckpoint, readCheckpoint } from "../../../src/projections/checkpoint.ts"
import { type EventPlace, lastEvent, setLastEvent } from "../../../src/projections/lastEvent.ts"
import type { VectorRecord } from "../../../src/projections/vectors/vectorsProjection.ts"

/** An event at this position, which is one of a local log. */
export const eventAt = (position: string): EventPlace => ({
  stream: "fingerprint-a",
  revision: 3,
  id: "6f1c9a52-0d3b-5c1e-9f44-1b7a5e0c8d21" as EventId, // in the form of one
  position: position as Position, // in the shape of the local logs
})

/** How far the log has been folded. */
export const checkpointOf = ({ read }: VectorTransactions) =>
  read("be looked into", (ledger) => readCheckpoint(ledger, "vectors"))

export const lastEventOf = ({ read }: VectorTransactions) => read("be looked into", lastEvent)

/** Puts vectors in one transaction, and returns why those that were refused are. */
export const putAll = ({ commit }: VectorTransactions, records: ReadonlyArray<VectorRecord>) =>
  commit("put", ({ put }) => records.flatMap((record) => put(record) ?? []))

/** The same, with the checkpoint moved to an event. */
export const foldUpTo = (
  { commit }: VectorTransactions,
  event: EventPlace,
  records: ReadonlyArray<VectorRecord>,
) =>
  commit("fold", ({ database, put }) => {
    const from = readCheckpoint(database, "vectors")
    moveCheckpoint(database, "vectors", from, event.position, records.length)
    setLastEvent(database, event)
    return records.flatMap((record) => put(record) ?? [])
  })
