import * as Effect from "effect/Effect"
import type { EventLog } from "../eventlog/EventLog.ts"
import { fileOf } from "../readmodel/rebuild/places.ts"
import { attemptRegistry, openRegistry } from "../readmodel/rebuild/Registry.ts"
import type { TakeOverError } from "../readmodel/rebuild/takeOver.ts"
import { type Verified, verify } from "../readmodel/rebuild/verify.ts"
import type { Answer } from "./Answer.ts"
import type { RebuildRequest } from "./rebuildReadModels.ts"

/** Checks the read models, and what was announced, against the event log; changes nothing. */
export const verifyReadModels = Effect.fn("verifyReadModels")(function* ({
  data,
  onProgress,
}: RebuildRequest): Effect.fn.Return<Answer<Verified>, TakeOverError, EventLog> {
  const registry = openRegistry(data)
  const { current } = yield* attemptRegistry(registry.read).pipe(
    Effect.ensuring(Effect.sync(registry.close)),
  )
  const live = { no: current.no, file: fileOf(data, current.no) }
  return { answer: yield* verify({ data, live, onProgress }), warnings: [] }
})
