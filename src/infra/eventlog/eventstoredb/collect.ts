import type { StreamingRead } from "@eventstore/db-client"
import * as Effect from "effect/Effect"
import type { ClientSlot } from "./ClientSlot.ts"
import { type EventStoreFailure, eventStoreFailure, noAnswer } from "./eventStoreFailure.ts"
import type { GuardedClient } from "./guardedClient.ts"

/**
 * Hands what a read gives to `take` until there is no more or that says `false`. A read for which
 * nothing comes in the time of a call is given up; however it ends, the server's call is ended,
 * which the client leaves open when nobody listens any more. A stream that is not there is empty.
 */
export const collect = <A>(
  slot: ClientSlot,
  deadline: number,
  open: (client: GuardedClient) => StreamingRead<A>,
  take: (value: A) => boolean,
): Effect.Effect<void, EventStoreFailure> =>
  Effect.callback((resume) => {
    const client = slot.client()
    const read = open(client)
    let over = false
    const leave = (): void => {
      over = true
      clearTimeout(timer)
      read.removeAllListeners("data")
      read.resume()
      read.cancel().catch(() => {}) // it had not even begun
    }
    const end = (outcome: Effect.Effect<void, EventStoreFailure>): void => {
      if (over) return
      leave()
      resume(outcome)
    }
    const timer = setTimeout(() => {
      slot.replace(client)
      end(Effect.fail(noAnswer(deadline)))
    }, deadline)
    read.on("error", (thrown: unknown) => {
      if (over) return
      if (isNotFound(thrown)) return end(Effect.void)
      const failure = eventStoreFailure(thrown)
      if (failure.stuck) slot.replace(client)
      end(Effect.fail(failure))
    })
    read.on("end", () => end(client.discarded ? Effect.fail(givenUp) : Effect.void))
    read.on("data", (value: A) => {
      timer.refresh()
      if (!take(value)) end(Effect.void)
    })
    return Effect.sync(() => {
      if (!over) leave()
    })
  })

/** Another call has found the client to be stuck, and this one has ended with it. */
const givenUp: EventStoreFailure = {
  does: "retry",
  kind: "unreachable",
  reason: "the connection was given up",
  stuck: false,
}

const isNotFound = (thrown: unknown): boolean =>
  thrown instanceof Error && "type" in thrown && thrown.type === "stream-not-found"
