import * as Effect from "effect/Effect"
import { type EventStoreFailure, eventStoreFailure, noAnswer } from "./eventStoreFailure.ts"
import type { GuardedClient } from "./guardedClient.ts"

/** The client of now, replaced by another one when it may be stuck. */
export interface ClientSlot {
  readonly client: () => GuardedClient
  /** Throws a client away, where nobody has done so already. */
  readonly replace: (bad: GuardedClient) => void
  readonly discard: () => void
  /**
   * One call, with a timer of its own: the client has none for most of what it does. A call that
   * runs out of time may have done its work all the same.
   */
  readonly call: <A>(
    call: (client: GuardedClient) => Promise<A>,
  ) => Effect.Effect<A, EventStoreFailure | Refused>
}

/** What the server said to a call, as the client has thrown it: not a matter of the connection. */
export interface Refused {
  readonly refused: unknown
}

/** Errors that are an answer to the question, and handled where it was asked. */
const answers = ["wrong-expected-version", "maximum-append-size-exceeded", "stream-not-found"]

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
        return Effect.tryPromise({
          try: () => call(client),
          catch: (thrown): EventStoreFailure | Refused =>
            isAnswer(thrown) ? { refused: thrown } : eventStoreFailure(thrown),
        }).pipe(
          Effect.timeoutOrElse({
            duration: deadline,
            orElse: () => Effect.fail(noAnswer(deadline)),
          }),
          Effect.tapError((failure) =>
            Effect.sync(() => {
              if ("stuck" in failure && failure.stuck) replace(client)
            }),
          ),
        )
      }),
  }
}

const isAnswer = (thrown: unknown): boolean =>
  thrown instanceof Error && "type" in thrown && answers.includes(String(thrown.type))
