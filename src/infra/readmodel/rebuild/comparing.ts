import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { attemptReadModel, type ReadModelUnavailable } from "../ReadModel.ts"
import { type Comparison, openComparison } from "./Comparison.ts"

/** A comparison of two generations until the scope closes, and how it is asked. */
export interface Comparing {
  readonly comparison: Comparison
  readonly attempt: <A>(work: () => A) => Effect.Effect<A, ReadModelUnavailable>
}

export const comparing = (
  live: string,
  rebuilt: string,
): Effect.Effect<Comparing, ReadModelUnavailable, Scope> =>
  Effect.map(
    Effect.acquireRelease(
      attempt(() => openComparison(live, rebuilt)),
      (opened) => Effect.sync(opened.close),
    ),
    (comparison) => ({ comparison, attempt }),
  )

const attempt = <A>(work: () => A) => attemptReadModel("be compared", work)
