import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RecordedEvent } from "../../../domain/events.ts"
import { beginning, type Position } from "../../../domain/position.ts"
import { topicMatches, topicProblem } from "../../../domain/topic.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { eventJson, eventText } from "../render/eventText.ts"
import { Storage } from "../Storage.ts"
import { UsageError } from "../UsageError.ts"

export interface TailInput {
  readonly data: string
  readonly topic: string
  /** `start`, `now`, or a position as `tail` prints it. */
  readonly from: string
  /** Whether to go on with what comes, or end with what is there. */
  readonly follow: boolean
  readonly json: boolean
  readonly reveal: boolean
}

/** Prints the events of a topic, a line each, as they stand in the log and as they come. */
export const tailTopic = Effect.fn("tailTopic")(function* (input: TailInput) {
  const problem = topicProblem(input.topic)
  if (problem !== undefined) {
    return yield* new UsageError({ message: `"${input.topic}" is not a topic: ${problem}` })
  }
  const storage = yield* Storage
  const print = (event: RecordedEvent) =>
    Console.log(
      input.json ? JSON.stringify(eventJson(event, input.reveal)) : eventText(event, input.reveal),
    )
  yield* Effect.gen(function* () {
    const log = yield* EventLog
    const after = yield* startOf(input.from)
    const deliveries = log.subscribe({ after, batchSize: 1000 })
    const wanted = input.follow
      ? deliveries
      : Stream.takeUntil(deliveries, (delivery) => delivery.caughtUp)
    yield* Stream.runForEach(wanted, (delivery) =>
      Effect.forEach(
        delivery.events.filter((event) => topicMatches(input.topic, event.type)),
        print,
        { discard: true },
      ),
    )
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
})

const startOf = (
  from: string,
): Effect.Effect<Position, UsageError | EventLogUnavailable, EventLog> =>
  Effect.gen(function* () {
    if (from === "start") return beginning
    const log = yield* EventLog
    if (from === "now") return (yield* log.health).head
    const position = log.parsePosition(from)
    if (position === undefined) {
      return yield* new UsageError({
        message: `"${from}" is not a position of this log: give start, now, or a position as tail prints it`,
      })
    }
    return position
  })
