import * as Effect from "effect/Effect"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

/**
 * Does some work on the read models, and begins it again on the generation that is current by then
 * whenever a switch takes the present one away from under it.
 */
export const onCurrentGeneration = <A, E, R>(
  work: Effect.Effect<A, E | GenerationMoved, R | ReadModel>,
): Effect.Effect<A, Exclude<E, GenerationMoved> | ReadModelUnavailable, R | ReadModel> =>
  Effect.catchIf(
    work,
    (error): error is GenerationMoved & (E | GenerationMoved) => isMoved(error),
    () => onReopened(work),
  ) as Effect.Effect<A, Exclude<E, GenerationMoved> | ReadModelUnavailable, R | ReadModel> // what is caught is gone

const onReopened = <A, E, R>(
  work: Effect.Effect<A, E | GenerationMoved, R | ReadModel>,
): Effect.Effect<A, E | ReadModelUnavailable, R | ReadModel> =>
  Effect.gen(function* () {
    const { current } = yield* ReadModel
    while (true) {
      const done = yield* Effect.result(
        Effect.scoped(
          Effect.flatMap(current, (opened) => Effect.provideService(work, ReadModel, opened)),
        ),
      )
      if (done._tag === "Success") return done.success
      if (!isMoved(done.failure)) return yield* Effect.fail(done.failure)
    }
  }) as Effect.Effect<A, E | ReadModelUnavailable, R | ReadModel> // only what was not provided is left

const isMoved = (error: unknown): error is GenerationMoved =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "GenerationMoved"
