import * as Effect from "effect/Effect"
import { rebuild } from "../../../src/infra/generations/rebuild.ts"
import {
  disagreements,
  GenerationsDiffer,
  type Verification,
} from "../../../src/infra/generations/Verification.ts"
import { onCurrentGeneration } from "../../../src/infra/readmodel/onCurrentGeneration.ts"
import { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"
import { readModelContents } from "../readmodel/readModelContents.ts"

/** Rebuilds; where the generations differ nothing is switched, and that is the failure. */
export const rebuilt = (data: string, seen: Array<Verification> = []) =>
  rebuild({
    data,
    onProgress: () => Effect.void,
    onCompared: (verification) => {
      seen.push(verification)
      const tables = disagreements(verification).map(({ table }) => table)
      return tables.length === 0
        ? Effect.void
        : Effect.fail(new GenerationsDiffer({ tables, position: verification.position }))
    },
  })

/** What the generation that is current now says. */
export const currentContents = onCurrentGeneration(
  Effect.andThen(
    ReadModel.use(({ stillCurrent }) => stillCurrent),
    ReadModel.useSync(({ database }) => readModelContents(database)),
  ),
)
