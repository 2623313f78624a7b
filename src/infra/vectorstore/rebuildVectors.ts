import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../domain/codec.ts"
import type { Position } from "../../domain/position.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { fingerprintRecord } from "./fingerprintRecord.ts"
import { vectorTypes } from "./projectVectors.ts"
import {
  type VectorRecord,
  VectorRefused,
  VectorStore,
  type VectorStoreUnavailable,
} from "./VectorStore.ts"

const page = 5_000

/**
 * Makes a kind anew from the log, or all of them, and gives back the space that is no longer
 * needed. Answers which were made, with how many vectors each came from. What cannot be understood
 * or is refused is left out with a warning. Others may go on projecting meanwhile.
 */
export const rebuildVectors = Effect.fn("rebuildVectors")(function* (
  only: string | undefined,
): Effect.fn.Return<
  ReadonlyArray<{ readonly kind: string; readonly fingerprints: number }>,
  EventLogUnavailable | VectorStoreUnavailable | VectorRefused,
  EventLog | VectorStore
> {
  const store = yield* VectorStore
  const rebuilt = new Map<string, number>()
  while (true) {
    const at = yield* store.checkpoint
    const recorded = yield* recordsUpTo(at.position)
    const known = (yield* store.kinds).map(({ kind }) => kind)
    let isWhole = true
    for (const kind of new Set([...known, ...recorded.keys()].toSorted())) {
      if ((only ?? kind) !== kind || rebuilt.has(kind)) continue
      let records = recorded.get(kind) ?? []
      isWhole = yield* Effect.gen(function* () {
        while (true) {
          const done = yield* Effect.result(store.rebuildKind(kind, records, at))
          if (Result.isSuccess(done)) return done.success
          const refused = done.failure
          if (!(refused instanceof VectorRefused)) return yield* refused
          yield* Effect.logWarning(`left out: ${refused.message}`)
          const fewer = records.filter(({ id }) => id !== refused.id)
          if (fewer.length === records.length) return yield* refused
          records = fewer
        }
      })
      // Somebody has projected more in the meantime: read again what there is now.
      if (!isWhole) break
      rebuilt.set(kind, records.length)
    }
    if (isWhole) return [...rebuilt].map(([kind, fingerprints]) => ({ kind, fingerprints }))
  }
})

const recordsUpTo = Effect.fnUntraced(function* (
  end: Position,
): Effect.fn.Return<Map<string, Array<VectorRecord>>, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const byKind = new Map<string, Array<VectorRecord>>()
  let from: Position | undefined
  while (true) {
    const events = yield* log.readAll({
      direction: "forwards",
      limit: page,
      types: vectorTypes,
      ...(from === undefined ? {} : { from }),
    })
    for (const event of events) {
      if (event.position > end) return byKind
      const decoded = decodeEvent(event)
      if (Result.isFailure(decoded)) {
        yield* Effect.logWarning(`left out: ${decoded.failure.message}`)
      } else if (decoded.success?.type === "attacker.fingerprinted") {
        const record = fingerprintRecord(decoded.success.data)
        const records = byKind.get(record.kind) ?? []
        byKind.set(record.kind, records)
        records.push(record)
      }
    }
    from = events.at(-1)?.position
    if (from === undefined) return byKind
  }
})
