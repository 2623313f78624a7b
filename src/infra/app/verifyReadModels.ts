import * as Effect from "effect/Effect"
import type { EventLog } from "../eventlog/EventLog.ts"
import {
  attemptRegistry,
  fileOf,
  readGenerations,
} from "../readmodel/rebuild/GenerationRegistry.ts"
import type { RefoldError } from "../readmodel/rebuild/promote.ts"
import { type Verified, verify } from "../readmodel/rebuild/verify.ts"
import type { Answer } from "./Answer.ts"
import type { RebuildRequest } from "./rebuildReadModels.ts"

/** Checks the read models, and what was announced, against the event log; changes nothing. */
export const verifyReadModels = Effect.fn("verifyReadModels")(function* ({
  data,
  onProgress,
}: RebuildRequest): Effect.fn.Return<Answer<Verified>, RefoldError, EventLog> {
  const { current } = yield* attemptRegistry(() => readGenerations(data))
  const live = { no: current.no, file: fileOf(data, current.no) }
  return { answer: yield* verify({ data, live, onProgress }), warnings: [] }
})
