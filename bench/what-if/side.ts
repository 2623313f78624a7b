import * as Effect from "effect/Effect"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { whatIf } from "../../src/projections/whatIf/whatIf.ts"
import { side } from "../side.ts"
import { questions } from "./questions.ts"

// Asks one question of the what-if benchmark. Arguments: the read models' file, the question's name.
const [file = "", name = ""] = process.argv.slice(2)
const question = questions[name]
if (question === undefined) throw new Error(`no question is called ${name}`)

await side(() =>
  Effect.gen(function* () {
    const readModel = yield* ReadModel
    const answer = yield* readModel.attempt("query the read models", (database) =>
      whatIf(database, question),
    )
    return answer.captureCount
  }).pipe(Effect.provide(ReadModel.layer({ file, mode: "read-only" })), Effect.runPromise),
)
