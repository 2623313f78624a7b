import type { Database } from "better-sqlite3"
import type { EventType } from "../../domain/event/events.ts"
import type { Fingerprint, Metric } from "../../domain/session/fingerprint.ts"
import { vectorFromText } from "../../domain/session/vectorText.ts"
import { setLastEvent } from "../lastEvent.ts"
import type { Projection } from "../Projection.ts"
import { vectorsProjectionName } from "./vectorLedger.ts"

/** The events it folds. */
export const vectorTypes: ReadonlyArray<EventType> = ["attacker.fingerprinted"]

/**
 * A vector to be kept under (kind, id). The first one of a kind decides its dimension and metric.
 * Numbers are kept as 32-bit floats. `version` is that of the extractor that made it, from 1.
 */
export interface VectorRecord {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly metric: Metric
  readonly vector: ArrayLike<number>
}

/** What vectors are written to, in one transaction with their ledger. */
export interface VectorRows {
  /** Holds the ledger: see `vectorLedgerSchema`. */
  readonly database: Database
  /** Keeps a vector, in place of the one that has its kind and id; or returns why it is refused. */
  readonly put: (record: VectorRecord) => string | undefined
}

/** Fingerprints into vectors. An event whose vector is refused is a poison event. */
export const vectorsProjection: Projection<VectorRows> = {
  name: vectorsProjectionName,
  types: vectorTypes,
  open: ({ database, put }) => ({
    apply: (events, refuse) => {
      for (const event of events) {
        if (event.type !== "attacker.fingerprinted") continue
        const refused = put(vectorRecord(event.data))
        if (refused !== undefined) refuse(refused)
      }
    },
    moved: (last) => setLastEvent(database, last),
  }),
}

/** The vector of a fingerprint, under the session it was made from. */
export const vectorRecord = (fingerprint: Fingerprint): VectorRecord => ({
  kind: fingerprint.kind,
  id: fingerprint.vectorId,
  version: fingerprint.extractorVersion,
  metric: fingerprint.metric,
  // What has been decoded is a vector; what is not one would be refused for its dimension.
  vector: vectorFromText(fingerprint.vector) ?? [],
})
