import * as Effect from "effect/Effect"
import { followFiles } from "./followFiles.ts"
import type { IngestInput } from "./ingestFiles.ts"

/** The daemon: sources followed, projections live, announcements relayed, until it is stopped. */
export const runDaemon = Effect.fn("runDaemon")(function* (input: IngestInput) {
  return yield* followFiles("run", input)
})
