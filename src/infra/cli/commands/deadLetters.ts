import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

const show = Command.make(
  "show",
  {
    event: Argument.String("event").pipe(
      Argument.withDescription("The id or the position of the event"),
    ),
    json: flags.json,
  },
  Effect.fn("dead-letters show")(function* (input) {
    const { data } = yield* root
    const { showDeadLetter } = yield* load(() => import("../../app/showDeadLetter.ts"))
    yield* showDeadLetter({ ...input, data })
  }),
).pipe(Command.withDescription("Show one event that was set aside, and what waits behind it"))

const retry = Command.make(
  "retry",
  { json: flags.json },
  Effect.fn("dead-letters retry")(function* (input) {
    const { data } = yield* root
    const { retryDeadLetters } = yield* load(() => import("../../app/deadLetters.ts"))
    yield* retryDeadLetters({ ...input, data })
  }),
).pipe(Command.withDescription("Fold the events that were set aside, if they can be folded now"))

export const deadLetters = Command.make(
  "dead-letters",
  { limit: flags.limit, offset: flags.offset, json: flags.json },
  Effect.fn("dead-letters")(function* (input) {
    const { data } = yield* root
    const { showDeadLetters } = yield* load(() => import("../../app/deadLetters.ts"))
    yield* showDeadLetters({ ...input, data })
  }),
).pipe(
  Command.withDescription("List the events that projections have set aside"),
  Command.withSubcommands([show, retry]),
)
