import * as Effect from "effect/Effect"
import { ReadModel } from "../../../../src/infra/readmodel/ReadModel.ts"
import {
  disagreements,
  GenerationsDiffer,
  type Verification,
} from "../../../../src/infra/readmodel/rebuild/GenerationDiff.ts"
import { rebuild } from "../../../../src/infra/readmodel/rebuild/rebuild.ts"
import { readModelContents } from "../readModelContents.ts"

/** Rebuilds; where the generations differ nothing is switched, and that is the failure. */
export const rebuilt = (data: string, seen: Array<Verification> = []) =>
  rebuiltDuring(data, Effect.void, seen)

/** The same, while something else goes on: in the first fold, and after every comparison but the last. */
export const rebuiltDuring = (
  data: string,
  goOn: Effect.Effect<void>,
  seen: Array<Verification> = [],
) => {
  let compared = false
  return rebuild({
    data,
    // In the last fold nobody else can write.
    onProgress: () => (compared ? Effect.void : goOn),
    onCompared: (verification, _generation, last): Effect.Effect<void, GenerationsDiffer> => {
      compared = true
      seen.push(verification)
      const tables = disagreements(verification).map(({ table }) => table)
      if (tables.length > 0) {
        return Effect.fail(
          new GenerationsDiffer({
            tables,
            position: verification.position,
            compared: verification.tables,
          }),
        )
      }
      return last ? Effect.void : goOn
    },
  })
}

/** What the generation that is current now says. */
export const currentContents = ReadModel.use(({ attempt }) =>
  attempt("be looked into", (database) => readModelContents(database)),
)
