import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../src/domain/event/codec.ts"
import type { RecordedEvent } from "../../../src/domain/event/events.ts"
import type { EventLog, EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import { moveCheckpoint, readCheckpoint } from "../../../src/projections/checkpoint.ts"
import {
  makeReuseFold,
  projectedTypes,
  reuseProjectionName,
} from "../../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../../src/projections/schema.ts"
import { wholeLog } from "./logEvents.ts"
import { type Contents, readModelContents } from "./readModelContents.ts"

/** What the log comes to when it is folded at once, by hand. */
export const cleanReplay: Effect.Effect<Contents, EventLogUnavailable, EventLog> = Effect.map(
  wholeLog,
  (events) => contentsAfter(events),
)

/** What some events of a log come to, all announcements still in the outbox. */
export const contentsAfter = (events: ReadonlyArray<RecordedEvent>): Contents => {
  const database = new Sqlite(":memory:")
  database.exec(readModelSchema)
  const projection = makeReuseFold(database, "announcing")
  const folded = events.filter(({ type }) => projectedTypes.some((wanted) => wanted === type))
  const last = folded.at(-1)
  if (last !== undefined) {
    database.transaction(() => {
      projection.apply(
        folded.flatMap((event) => {
          const decoded = Result.getOrThrow(decodeEvent(event))
          return decoded === undefined ? [] : [decoded]
        }),
      )
      const from = readCheckpoint(database, reuseProjectionName)
      moveCheckpoint(database, reuseProjectionName, from, last.position, folded.length)
    })()
  }
  const contents = readModelContents(database)
  database.close()
  return contents
}

/** The contents when everything has been relayed. */
export const relayed = (contents: Contents): Contents => ({ ...contents, outbox: [] })
