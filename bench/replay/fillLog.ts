import * as Effect from "effect/Effect"
import type { Capture } from "../../src/domain/capture/capture.ts"
import { type NewEvent, schemaVersion } from "../../src/domain/event/events.ts"
import { captureEventId } from "../../src/domain/event/ids.ts"
import { EventLog } from "../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"

const perAppend = 5000

/** Writes captures into a new log, each once, as an ingest would. */
export const fillLog = (file: string, captures: Iterable<Capture>): Promise<number> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    let revision = -1
    let written = 0
    let events: Array<NewEvent> = []
    const append = Effect.gen(function* () {
      const known = yield* log.known(events.map(({ id }) => id))
      const fresh = [...new Map(events.map((event) => [event.id, event])).values()].filter(
        ({ id }) => !known.has(id),
      )
      events = []
      if (fresh.length === 0) return
      const expectedRevision = revision < 0 ? ("no_stream" as const) : revision
      const appended = yield* log.append({
        stream: "capture-bench",
        expectedRevision,
        events: fresh,
      })
      revision = appended.revision
      written += fresh.length
    })
    let line = 0
    for (const data of captures) {
      line++
      const source = { file: "bench", line }
      events.push({
        type: "credential.captured",
        id: captureEventId(data),
        data,
        metadata: { schemaVersion, source },
      })
      if (events.length === perAppend) yield* append
    }
    yield* append
    return written
  }).pipe(Effect.provide(layerEmbedded({ file })), Effect.runPromise)
