import * as Effect from "effect/Effect"
import type { EventLog } from "../eventlog/EventLog.ts"
import type { RefoldError } from "../readmodel/rebuild/promote.ts"
import type { RebuildBusy } from "../readmodel/rebuild/rebuildLock.ts"
import { type NothingToRollBack, type RolledBack, rollBack } from "../readmodel/rebuild/rollBack.ts"
import type { Answer } from "./Answer.ts"

/**
 * Goes back to the generation of the read models before the last. Those that are current are not
 * read: a newer version of credtrail may have made them.
 */
export const rollBackReadModels = Effect.fn("rollBackReadModels")(function* (
  data: string,
): Effect.fn.Return<Answer<RolledBack>, RebuildBusy | NothingToRollBack | RefoldError, EventLog> {
  return { answer: yield* rollBack(data), warnings: [] }
})
