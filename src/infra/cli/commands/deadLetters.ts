import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, type VectorsOpening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const deadLetters = Command.make("dead-letters", {
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
}).pipe(Command.withDescription("List events that could not be folded"))

interface Reading {
  readonly reading: Opening<EventLog | LogAvailability | ReadModel>
  readonly vectors: VectorsOpening
}

export const printDeadLetters = Effect.fn("dead-letters")(function* (
  { json, ...page }: InputOf<typeof deadLetters>,
  { reading, vectors }: Reading,
) {
  const { showDeadLetters } = yield* load(() => import("../../app/deadLetters.ts"))
  const { deadLettersTable } = yield* load(() => import("../render/deadLettersText.ts"))
  yield* printAnswer(showDeadLetters(page, vectors).pipe(Effect.provide(reading)), (list, width) =>
    json ? jsonText(list, 2) : deadLettersTable(list, { offset: page.offset, width }),
  )
})

export const deadLettersShow = Command.make("show", {
  event: Argument.String("event").pipe(
    Argument.withDescription("The id or the position of the event"),
  ),
  json: flags.json,
}).pipe(
  Command.withDescription("Show one event that could not be folded, and how many wait behind it"),
)

export const printDeadLetter = Effect.fn("dead-letters show")(function* (
  { event, json }: InputOf<typeof deadLettersShow>,
  { reading, vectors }: Reading,
) {
  const { showDeadLetter } = yield* load(() => import("../../app/showDeadLetter.ts"))
  const { deadLetterText } = yield* load(() => import("../render/deadLettersText.ts"))
  yield* printAnswer(showDeadLetter(event, vectors).pipe(Effect.provide(reading)), (shown) =>
    json ? jsonText(shown, 2) : deadLetterText(shown),
  )
})

export const deadLettersRetry = Command.make("retry", { json: flags.json }).pipe(
  Command.withDescription("Retry the events that could not be folded"),
)

export const runRetry = Effect.fn("dead-letters retry")(function* (
  { json }: InputOf<typeof deadLettersRetry>,
  {
    writing,
    vectors,
  }: {
    readonly writing: Opening<EventLog | ReadModel>
    readonly vectors: VectorsOpening
  },
) {
  const { retryDeadLetters } = yield* load(() => import("../../app/deadLetters.ts"))
  const { retriedText } = yield* load(() => import("../render/deadLettersText.ts"))
  yield* printAnswer(retryDeadLetters(vectors).pipe(Effect.provide(writing)), (retried) =>
    json ? jsonText(retried, 2) : retriedText(retried),
  )
})
