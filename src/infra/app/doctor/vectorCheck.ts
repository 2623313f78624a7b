import * as Effect from "effect/Effect"
import { vectorTypes } from "../../../projections/vectors/vectorsProjection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { isOwnLog } from "../../readmodel/vectors/ownLog.ts"
import { vectorCheckpoint } from "../../readmodel/vectors/projectVectors.ts"
import { VectorStore, type VectorStoreUnavailable } from "../../vectorstore/VectorStore.ts"
import type { VectorStoreMisconfigured } from "../../vectorstore/vectorStoreSettings.ts"
import { type Check, ok, problem, unknown, warning } from "./Check.ts"

const check = "vectors"

/** Where the vectors are kept, whether they are of this log, and whether they are behind it. */
export const vectorCheck: Effect.Effect<Check, never, EventLog | VectorStore> = Effect.gen(
  function* () {
    const store = yield* VectorStore
    const { backend, fallback, location, problem: trouble, vectors } = yield* store.health
    if (backend === "null") {
      return ok(check, "switched off by CREDTRAIL_VECTORSTORE_ENABLED")
    }
    if (fallback !== null) {
      return warning(
        check,
        `they are kept in memory by each command that needs them: ${fallback}`,
        "install the packages again with npm ci, on a platform that sqlite-vec is built for",
      )
    }
    if (backend === "fake") return ok(check, "kept in memory by each command that needs them")
    if (trouble !== null) return problem(check, `${location}: ${trouble}`, rebuild)
    if (!(yield* isOwnLog)) return problem(check, `${location} was made from another log`, rebuild)
    const { position } = yield* vectorCheckpoint
    const gap = yield* EventLog.use((log) => log.gap(position, vectorTypes))
    const said = `${location} holds ${vectors} vectors`
    return gap === 0
      ? ok(check, said)
      : warning(
          check,
          `${said} and is ${gap} events behind the log`,
          "credtrail ingest or run brings them up to date",
        )
  },
).pipe(
  Effect.catchTag("EventLogUnavailable", (error: EventLogUnavailable) =>
    Effect.succeed(unknown(check, `cannot tell whether they are up to date: ${error.message}`)),
  ),
  Effect.catchTag("VectorStoreUnavailable", (error) => Effect.succeed(unusableVectors(error))),
)

const rebuild = "credtrail vectors rebuild rebuilds them from the log"

/** The same where the store cannot even be opened. */
export const unusableVectors = (error: VectorStoreUnavailable | VectorStoreMisconfigured): Check =>
  problem(
    check,
    error.message,
    error._tag === "VectorStoreMisconfigured"
      ? "correct the variable, or unset it"
      : "see the reason; vectors can always be rebuilt from the log",
  )
