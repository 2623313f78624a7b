import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const formats = Command.make("formats", { json: flags.json }).pipe(
  Command.withDescription("List the log formats that can be read, each with an example"),
)

export const printFormats = Effect.fn("formats")(function* ({ json }: InputOf<typeof formats>) {
  const { formatNotes } = yield* load(() => import("../../sources/formatNotes.ts"))
  const { formatsText } = yield* load(() => import("../render/formatsText.ts"))
  const answer = Effect.succeed({ answer: { formats: formatNotes }, warnings: [] })
  yield* printAnswer(answer, (listed) => (json ? jsonText(listed, 2) : formatsText(listed.formats)))
})
