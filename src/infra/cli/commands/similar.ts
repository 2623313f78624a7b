import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, type VectorsOpening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const similar = Command.make("similar", {
  what: Argument.String("what").pipe(
    Argument.withDescription("A session, an attacker's address or UUID, or a finding's id"),
  ),
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("Sessions to list, 1 to 1000; 10 by default"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
    Flag.withDefault(10),
  ),
  json: flags.json,
}).pipe(Command.withDescription("List sessions likely to be the same attacker, with the evidence"))

export const printSimilar = Effect.fn("similar")(function* (
  { json, ...query }: InputOf<typeof similar>,
  opening: {
    readonly reading: Opening<EventLog | LogAvailability | ReadModel>
    readonly vectors: VectorsOpening
  },
) {
  const { findSimilar } = yield* load(() => import("../../app/findSimilar.ts"))
  const { similarText } = yield* load(() => import("../render/similarText.ts"))
  yield* printAnswer(
    findSimilar(query).pipe(Effect.provide(opening.vectors), Effect.provide(opening.reading)),
    (similar) => (json ? jsonText(similar, 2) : similarText(similar)),
  )
})
