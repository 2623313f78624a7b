import type { EventId } from "../../../src/domain/event/ids.ts"
import type { Position } from "../../../src/domain/event/position.ts"
import type { TakenIn } from "../../../src/infra/vectorstore/VectorStore.ts"

/** An event at this position, which is one of a local log. */
export const takenIn = (position: string): TakenIn => ({
  stream: "fingerprint-a",
  revision: 3,
  id: "6f1c9a52-0d3b-5c1e-9f44-1b7a5e0c8d21" as EventId, // in the form of one
  position: position as Position, // in the shape of the local logs
})
