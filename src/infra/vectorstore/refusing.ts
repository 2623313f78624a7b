import * as Effect from "effect/Effect"
import { VectorRefused } from "./VectorStore.ts"

/** Does something in memory; a {@link VectorRefused} that is thrown is the failure. */
export const refusing = <A>(work: () => A): Effect.Effect<A, VectorRefused> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(work())
    } catch (thrown) {
      return thrown instanceof VectorRefused ? Effect.fail(thrown) : Effect.die(thrown)
    }
  })
