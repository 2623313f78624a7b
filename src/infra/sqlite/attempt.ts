import * as Effect from "effect/Effect"
import { type SqliteFailure, sqliteFailure } from "./sqliteFailure.ts"

/** Does something with a database; `operation` completes "could not ...". */
export type Attempt<E> = <A>(operation: string, work: () => A) => Effect.Effect<A, E>

/**
 * How to do things with a database and have what SQLite refuses as a typed error, made by
 * `refused`. What is thrown as such an error already stays it; anything else is a defect.
 */
export const attempting =
  <E>(
    refused: (operation: string, failure: SqliteFailure) => E,
    isRefused: (thrown: unknown) => thrown is E,
  ): Attempt<E> =>
  (operation, work) =>
    Effect.suspend(() => {
      try {
        return Effect.succeed(work())
      } catch (thrown) {
        if (isRefused(thrown)) return Effect.fail(thrown)
        const failure = sqliteFailure(thrown)
        return failure === undefined ? Effect.die(thrown) : Effect.fail(refused(operation, failure))
      }
    })
