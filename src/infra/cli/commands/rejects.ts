import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import * as flags from "../flags.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer, reasonGiven } from "../standardOutput.ts"

export const rejects = Command.make("rejects", {
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
  ...flags.revealing,
}).pipe(
  Command.withDescription(
    "List log lines that could not be parsed: file, line, reason; with --reveal the content",
  ),
)

export const printRejects = Effect.fn("rejects")(function* (
  { json, reveal, reason, ...page }: InputOf<typeof rejects>,
  reading: Opening<IngestStore>,
) {
  const { showRejects } = yield* load(() => import("../../app/showRejects.ts"))
  const { rejectsJson, rejectsTable } = yield* load(() => import("../render/rejectsTable.ts"))
  yield* reasonGiven({ reveal, reason })
  const request = { command: "rejects", ...(reason === undefined ? {} : { reason }) }
  yield* printAnswer(
    showRejects(page, reveal ? request : undefined).pipe(Effect.provide(reading)),
    (rejects, width) =>
      json ? rejectsJson(rejects) : rejectsTable(rejects, { offset: page.offset, width }),
  )
})
