import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { bindToLog } from "../eventlog/bindToLog.ts"
import { rollBack } from "../readmodel/rebuild/rollBack.ts"
import { Storage } from "./Storage.ts"

/** Goes back to the generation of the read models before the last. */
export const rollBackReadModels = Effect.fn("rollBackReadModels")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  // Not the read models: a newer version of credtrail may have made those that are current.
  const outcome = yield* Effect.scoped(
    Effect.andThen(bindToLog(input.data, "read-only"), rollBack(input.data)),
  ).pipe(Effect.provide(storage.openLog(storage.place(input.data), "read-only")))
  yield* Console.log(
    input.json
      ? jsonText(outcome, 2)
      : `generation ${outcome.generation} is current again; generation ${outcome.previous} is kept`,
  )
})
