import * as Effect from "effect/Effect"
import type { RecordedEvent } from "../../domain/event/events.ts"
import type { Position } from "../../domain/event/position.ts"
import { EventLog, type EventLogUnavailable } from "./EventLog.ts"

const pageSize = 100

/**
 * The event at a position, looked for from another position before it: the closer that is, the
 * sooner it is found. `undefined` where no event of these types is at the position.
 */
export const eventAt: (
  position: Position,
  after: Position,
  types: ReadonlyArray<string>,
) => Effect.Effect<RecordedEvent | undefined, EventLogUnavailable, EventLog> = Effect.fnUntraced(
  function* (position, after, types) {
    const log = yield* EventLog
    const page = yield* log.readAll({ direction: "forwards", from: after, limit: pageSize, types })
    const found = page.find((event) => event.position === position)
    const last = page.at(-1)
    if (found !== undefined || last === undefined || last.position > position) return found
    return yield* eventAt(position, last.position, types)
  },
)
