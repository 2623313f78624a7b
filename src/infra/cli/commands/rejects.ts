import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { Storage } from "../../app/Storage.ts"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { printAnswer } from "../printAnswer.ts"
import { root } from "../root.ts"

export const rejects = Command.make(
  "rejects",
  { limit: flags.limit, offset: flags.offset, json: flags.json, reveal: flags.reveal },
  Effect.fn("rejects")(function* ({ json, reveal, ...page }) {
    const { data } = yield* root
    const { showRejects } = yield* load(() => import("../../app/showRejects.ts"))
    const { rejectsJson, rejectsTable } = yield* load(() => import("../render/rejectsTable.ts"))
    const storage = yield* Storage
    yield* printAnswer(
      showRejects(page).pipe(Effect.provide(storage.open(data, "read-only"))),
      (rejects, width) =>
        json
          ? rejectsJson(rejects, reveal)
          : rejectsTable(rejects, { offset: page.offset, reveal, width }),
    )
  }),
).pipe(
  Command.withDescription(
    "List the lines that were not understood: file, line, reason; with --reveal the content",
  ),
)
