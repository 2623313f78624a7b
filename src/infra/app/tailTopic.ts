import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { eventSchemas } from "../../domain/event/events.ts"
import { beginning, type Position } from "../../domain/event/position.ts"
import { topicMatches, topicProblem } from "../../domain/event/topic.ts"
import { eventJson, eventText } from "../cli/render/eventText.ts"
import { visible } from "../cli/render/visible.ts"
import { drained } from "../cli/standardOutput.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { awaitLog, cannotBeAsked } from "../eventlog/LogAvailability.ts"
import { Storage, type StorageError } from "./Storage.ts"
import { UsageError } from "./UsageError.ts"

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
  yield* warnIfUnknown(input.topic)
  const line = input.json ? eventJson : eventText
  const storage = yield* Storage
  const place = storage.place(input.data)
  if (input.follow && place.kind === "eventstore") {
    yield* awaitLog(place.settings.location).pipe(
      Effect.provide(storage.openLog(place, "read-only")),
    )
  }
  yield* Effect.gen(function* () {
    const log = yield* EventLog
    let position = yield* startOf(input.from)
    const printed = Effect.suspend(() => {
      const deliveries = log.subscribe({ after: position, batchSize: 1000 })
      const wanted = input.follow
        ? deliveries
        : Stream.takeUntil(deliveries, (delivery) => delivery.caughtUp)
      return Stream.runForEach(wanted, (delivery) =>
        print(
          delivery.events
            .filter((event) => topicMatches(input.topic, event.type))
            .map((event) => line(event, input.reveal)),
        ).pipe(
          Effect.andThen(
            Effect.sync(() => {
              position = delivery.position
            }),
          ),
        ),
      )
    })
    yield* input.follow ? forAsLongAsItTakes(printed) : printed
  }).pipe(Effect.provide(logOf(input.data)))
})

/** The log alone, where it is on a server: a subscriber needs no read models. */
const logOf = (data: string) =>
  Layer.unwrap(
    Effect.map(Storage, (storage): Layer.Layer<EventLog, StorageError> => {
      const place = storage.place(data)
      return place.kind === "embedded"
        ? storage.open(data, "read-only")
        : storage.openLog(place, "read-only")
    }),
  )

/** Goes on over whatever may pass outside of us, as a service does. */
const forAsLongAsItTakes = <A, R>(printing: Effect.Effect<A, EventLogUnavailable, R>) =>
  printing.pipe(
    Effect.tapError((error) =>
      cannotBeAsked(error)
        ? Effect.logWarning(`waiting for the log: ${error.reason}`)
        : Effect.void,
    ),
    Effect.retry({ while: cannotBeAsked, schedule: Schedule.spaced("1 second") }),
  )

const print = (lines: ReadonlyArray<string>): Effect.Effect<void> =>
  lines.length === 0 ? Effect.void : Effect.andThen(Console.log(lines.join("\n")), drained)

// Not an error: another version, or another program, may write types that this one does not know.
const warnIfUnknown = (topic: string): Effect.Effect<void> =>
  Object.keys(eventSchemas).some((type) => topicMatches(topic, type))
    ? Effect.void
    : Console.error(
        visible(
          `warning: no type of event that this credtrail knows answers to "${topic}" (* is one token, > the rest); it knows ${Object.keys(eventSchemas).join(", ")}`,
        ),
      )

const startOf = (
  from: string,
): Effect.Effect<Position, UsageError | EventLogUnavailable, EventLog> =>
  Effect.gen(function* () {
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
