import * as Effect from "effect/Effect"
import { attempting } from "../sqlite/attempt.ts"
import { VectorRefused, VectorStoreUnavailable } from "./VectorStore.ts"

/** Does something with the store's file: what fails is said as the port says it. */
export const attempt = attempting<VectorRefused | VectorStoreUnavailable>(
  (operation, failure) => new VectorStoreUnavailable({ operation, ...failure }),
  (thrown): thrown is VectorRefused | VectorStoreUnavailable =>
    thrown instanceof VectorRefused || thrown instanceof VectorStoreUnavailable,
)

/** Where nothing is inserted or asked, nothing is refused. */
export const unrefused = <A>(
  work: Effect.Effect<A, VectorRefused | VectorStoreUnavailable>,
): Effect.Effect<A, VectorStoreUnavailable> =>
  Effect.catchTag(work, "VectorRefused", (refused) => Effect.die(refused))
