import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Examined } from "../../app/runDoctor.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, root } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

/** Something keeps credtrail from working; what that is has been printed. */
class ProblemsFound extends Schema.TaggedError<ProblemsFound>()("ProblemsFound", {
  count: Schema.Int,
}) {
  override get message(): string {
    return this.count === 1 ? "there is a problem" : `there are ${this.count} problems`
  }
}

export const doctor = Command.make("doctor", { json: flags.json }).pipe(
  Command.withDescription("Find what keeps credtrail from working, and how to fix it"),
)

export const printExamination = Effect.fn("doctor")(function* <E, R>(
  { json }: InputOf<typeof doctor>,
  opening: Omit<Examined<E, R>, "data">,
) {
  const { data } = yield* root
  const { runDoctor } = yield* load(() => import("../../app/runDoctor.ts"))
  const { doctorText } = yield* load(() => import("../render/doctorText.ts"))
  const examined = yield* runDoctor({ data, ...opening })
  yield* printAnswer(Effect.succeed(examined), (answer) =>
    json ? jsonText(answer, 2) : doctorText(answer.findings),
  )
  const { problems } = examined.answer
  if (problems > 0) return yield* new ProblemsFound({ count: problems })
})
