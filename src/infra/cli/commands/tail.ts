import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import type { SecretAccess, SecretAccessError } from "../../app/SecretAccess.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { awaitLog } from "../../eventlog/LogAvailability.ts"
import { LogPlace } from "../../eventlog/LogPlace.ts"
import * as flags from "../flags.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { drained, printWarnings, reasonGiven } from "../standardOutput.ts"

const printLines = (lines: ReadonlyArray<string>): Effect.Effect<void> =>
  lines.length === 0 ? Effect.void : Effect.andThen(Console.log(lines.join("\n")), drained)

export const tail = Command.make("tail", {
  topic: Argument.String("topic").pipe(
    Argument.withDescription("An event type; * stands for one token, > for the rest"),
  ),
  from: Flag.String("from").pipe(
    Flag.withDescription("start, now (the default) or a position: only what comes after it"),
    Flag.withDefault("now"),
  ),
  follow: Flag.Boolean("follow").pipe(
    Flag.withDescription("Keep waiting for new events; --no-follow stops at the end of the log"),
    Flag.withDefault(true),
  ),
  json: flags.json,
  ...flags.revealing,
}).pipe(
  Command.withDescription("Follow the events of a topic"),
  Command.withExamples([
    {
      command: "credtrail tail 'credential.>'",
      description: "Captures and findings as they arrive",
    },
    {
      command: "credtrail tail credential.reuse.detected --from start --json",
      description: "Every announcement ever made, then new ones",
    },
  ]),
)

/** `log` is waited for where it is on a server; the events come from `subscribing`. */
export const printTopic = Effect.fn("tail")(function* (
  { json, reveal, reason, ...input }: InputOf<typeof tail>,
  opening: { readonly log: Opening<EventLog>; readonly subscribing: Opening<EventLog> },
) {
  const { parseTopic, tailTopic } = yield* load(() => import("../../app/tailTopic.ts"))
  const { eventJson, eventText } = yield* load(() => import("../render/eventText.ts"))
  yield* reasonGiven({ reveal, reason })
  const query = { ...input, topic: yield* parseTopic(input.topic) }
  const line = json ? eventJson : eventText
  const { revealInEvents } = yield* load(() => import("../../app/revealSecrets.ts"))
  const request = { command: "tail", ...(reason === undefined ? {} : { reason }) }
  const shown = (
    batch: ReadonlyArray<RecordedEvent>,
  ): Effect.Effect<ReadonlyArray<RecordedEvent>, SecretAccessError, SecretAccess> =>
    reveal ? revealInEvents(batch, request) : Effect.succeed(batch)
  const place = yield* LogPlace
  if (query.follow && place.kind === "eventstore") {
    yield* awaitLog(place.settings.location).pipe(Effect.provide(opening.log))
  }
  yield* Effect.gen(function* () {
    const { answer: events, warnings } = yield* tailTopic(query)
    yield* printWarnings(warnings)
    yield* Stream.runForEach(events, (batch) =>
      shown(batch).pipe(Effect.flatMap((events) => printLines(events.map(line)))),
    )
  }).pipe(Effect.provide(opening.subscribing))
})
