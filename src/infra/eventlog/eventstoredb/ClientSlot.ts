import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type EventStoreFailure, eventStoreFailure, noAnswer } from "./eventStoreFailure.ts"
import type { GuardedClient } from "./guardedClient.ts"

/** The client of now, replaced by another one where it may be stuck. */
export interface ClientSlot {
  readonly client: () => GuardedClient
  /** Throws a client away, where nobody has done so already. */
  readonly replace: (bad: GuardedClient) => void
  readonly discard: () => void
  /**
   * One call, with a timer of its own: the client has none for most of what it does. A call that
   * runs out of time may have done its work all the same. What the server answers to the question
   * itself is a {@link Refusal}; what is wrong with the connection is the failure.
   */
  readonly call: <A>(
    call: (client: GuardedClient) => Promise<A>,
  ) => Effect.Effect<Result.Result<A, Refusal>, EventStoreFailure>
}

/** The errors of the client that are answers: each is dealt with where the question was asked. */
type Refusal = Error & {
  readonly type: "wrong-expected-version" | "maximum-append-size-exceeded"
}

/** Makes a slot whose calls may each take so many milliseconds. */
export const makeClientSlot = (make: () => GuardedClient, deadline: number): ClientSlot => {
  let current = make()
  const replace = (bad: GuardedClient): void => {
    if (bad !== current) return
    current = make()
    bad.discard()
  }
  return {
    client: () => current,
    replace,
    discard: () => current.discard(),
    call: (call) =>
      Effect.suspend(() => {
        const client = current
        return answered(() => call(client), deadline).pipe(
          Effect.tapError(({ stuck }) =>
            Effect.sync(() => {
              if (stuck) replace(client)
            }),
          ),
        )
      }),
  }
}

// With a timer of its own: a race of two fibers would take a fifth longer for each append.
const answered = <A>(
  call: () => Promise<A>,
  deadline: number,
): Effect.Effect<Result.Result<A, Refusal>, EventStoreFailure> =>
  Effect.callback((resume) => {
    const timer = setTimeout(() => resume(Effect.fail(noAnswer(deadline))), deadline)
    const settle = (outcome: Effect.Effect<Result.Result<A, Refusal>, EventStoreFailure>): void => {
      clearTimeout(timer)
      resume(outcome)
    }
    // What throws at once is as good as what is rejected.
    new Promise<A>((resolve) => resolve(call())).then(Result.succeed, answerOrThrow).then(
      (answer) => settle(Effect.succeed(answer)),
      (thrown) => settle(Effect.fail(eventStoreFailure(thrown))),
    )
    return Effect.sync(() => clearTimeout(timer))
  })

const answerOrThrow = (thrown: unknown): Result.Result<never, Refusal> => {
  if (isRefusal(thrown)) return Result.fail(thrown)
  throw thrown
}

const isRefusal = (thrown: unknown): thrown is Refusal =>
  thrown instanceof Error &&
  "type" in thrown &&
  (thrown.type === "wrong-expected-version" || thrown.type === "maximum-append-size-exceeded")
