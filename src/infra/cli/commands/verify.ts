import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { EventLog } from "../../eventlog/EventLog.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root } from "../root.ts"
import { showFolding } from "../showProgress.ts"
import { printAnswer } from "../standardOutput.ts"

/** The read models, or what was announced, differ from what the log says; that has been printed. */
class VerificationFailed extends Schema.TaggedError<VerificationFailed>()("VerificationFailed", {
  tables: Schema.Array(Schema.String),
  announcements: Schema.Int,
}) {
  override get message(): string {
    const wrong = [
      ...(this.tables.length > 0 ? [`the read models in ${this.tables.join(", ")}`] : []),
      ...(this.announcements > 0 ? [`${this.announcements} announcements`] : []),
    ].join(" and ")
    return `${wrong} are not what the log comes to: credtrail rebuild rebuilds the read models`
  }
}

export const verify = Command.make("verify", { json: flags.json }).pipe(
  Command.withDescription("Check read models and announcements against the event log"),
)

export const printVerified = Effect.fn("verify")(function* (
  { json }: InputOf<typeof verify>,
  reading: Opening<EventLog>,
) {
  const { data } = yield* root
  const { verifyReadModels } = yield* load(() => import("../../app/verifyReadModels.ts"))
  const { disagreements } = yield* load(() => import("../../readmodel/rebuild/GenerationDiff.ts"))
  const { verifiedText } = yield* load(() => import("../render/verificationText.ts"))
  const verified = yield* showFolding((onProgress) => verifyReadModels({ data, onProgress })).pipe(
    Effect.provide(reading),
  )
  yield* printAnswer(Effect.succeed(verified), (answer) =>
    json ? jsonText(answer, 2) : verifiedText(answer),
  )
  const tables = disagreements(verified.answer).map(({ table }) => table)
  const { wrong } = verified.answer.announced
  if (tables.length > 0 || wrong > 0) {
    return yield* new VerificationFailed({ tables, announcements: wrong })
  }
})
