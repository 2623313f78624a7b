import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { eventSchemas, type RecordedEvent } from "../../domain/event/events.ts"
import { beginning, type Position } from "../../domain/event/position.ts"
import { topicMatches, topicProblem } from "../../domain/event/topic.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { cannotBeAsked } from "../eventlog/LogAvailability.ts"
import { UsageError } from "./Answer.ts"

interface TailQuery {
  readonly topic: string
  /** `start`, `now`, or a position: only what comes after it. */
  readonly from: string
  /** Whether to wait for what comes, or to end at the end of the log. */
  readonly follow: boolean
}

/** Checks a topic; fails with a `UsageError`. */
export const parseTopic = (topic: string): Effect.Effect<string, UsageError> => {
  const problem = topicProblem(topic)
  return problem === undefined
    ? Effect.succeed(topic)
    : Effect.fail(new UsageError({ message: `"${topic}" is not a topic: ${problem}` }))
}

/**
 * Streams the events of a topic, those of one delivery of the log together. When following, it goes
 * on after the last event once a log that went away is back.
 */
export const tailTopic = Effect.fn("tailTopic")(function* ({ topic, from, follow }: TailQuery) {
  const log = yield* EventLog
  let position = yield* startOf(from)
  const events = Stream.suspend(() => {
    const deliveries = log.subscribe({ after: position, batchSize: 1000 })
    return follow ? deliveries : Stream.takeUntil(deliveries, ({ caughtUp }) => caughtUp)
  }).pipe(
    Stream.map((delivery): ReadonlyArray<RecordedEvent> => {
      position = delivery.position
      return delivery.events.filter(({ type }) => topicMatches(topic, type))
    }),
  )
  return { answer: follow ? untilBack(events) : events, warnings: unknownTopicWarning(topic) }
})

/** Waits, as a service does, while the log cannot be asked for a reason outside of us. */
const untilBack = <A>(events: Stream.Stream<A, EventLogUnavailable>) =>
  events.pipe(
    Stream.tapError((error) =>
      cannotBeAsked(error)
        ? Effect.logWarning(`waiting for the log: ${error.reason}`)
        : Effect.void,
    ),
    Stream.retry(($) =>
      $(Schedule.spaced("1 second")).pipe(Schedule.while(({ input }) => cannotBeAsked(input))),
    ),
  )

// Not an error: another version, or another program, may write types that this one does not know.
const unknownTopicWarning = (topic: string): ReadonlyArray<string> =>
  Object.keys(eventSchemas).some((type) => topicMatches(topic, type))
    ? []
    : [
        `no event type matches "${topic}" (* is one token, > the rest); known types: ${Object.keys(eventSchemas).join(", ")}`,
      ]

const startOf = Effect.fnUntraced(function* (
  from: string,
): Effect.fn.Return<Position, UsageError | EventLogUnavailable, EventLog> {
  if (from === "start") return beginning
  const log = yield* EventLog
  const { head } = yield* log.health
  if (from === "now") return head
  const position = log.parsePosition(from)
  if (position === undefined) {
    return yield* new UsageError({
      message: `"${from}" is not a position of this log: give start, now, or a position as tail prints it`,
    })
  }
  if (position > head) {
    return yield* new UsageError({
      message: `position ${position} is past the end of the log, which is at ${head}`,
    })
  }
  return position
})
