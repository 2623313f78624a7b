import { UnknownError, WrongExpectedVersionError } from "@eventstore/db-client"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { makeClientSlot } from "../../../../src/infra/eventlog/eventstoredb/ClientSlot.ts"
import type { GuardedClient } from "../../../../src/infra/eventlog/eventstoredb/guardedClient.ts"

/** A slot, and the clients that it has had, of which nothing is asked but to go. */
const slotWith = (deadline = 10_000) => {
  const made: Array<{ discards: number }> = []
  const make = (): GuardedClient => {
    const client = { discards: 0, discard: () => client.discards++ }
    made.push(client)
    return client as unknown as GuardedClient // nothing else of it is used here
  }
  return { slot: makeClientSlot(make, deadline), made }
}
const discards = (made: ReadonlyArray<{ readonly discards: number }>) =>
  made.map((client) => client.discards)

const unheardOf = new UnknownError(undefined, "nobody has heard of it")
const unavailable = Object.assign(new Error("no connection"), { type: "unavailable", code: 14 })
const wrong = Object.assign(Object.create(WrongExpectedVersionError.prototype), {
  type: "wrong-expected-version",
})

describe("the client of now", () => {
  it("is asked, and answers", async () => {
    const { slot, made } = slotWith()
    const answer = await Effect.runPromise(slot.call(async (client) => client === slot.client()))
    expect(answer).toEqual(Result.succeed(true))
    expect(discards(made)).toEqual([0])
  })

  it("may refuse, which is an answer too", async () => {
    const { slot, made } = slotWith()
    const answer = await Effect.runPromise(slot.call(() => Promise.reject(wrong)))
    expect(answer).toEqual(Result.fail(wrong))
    expect(discards(made)).toEqual([0])
  })

  it("stays where a call fails in a way that it gets over by itself", async () => {
    const { slot, made } = slotWith()
    const failure = await Effect.runPromise(
      Effect.flip(slot.call(() => Promise.reject(unavailable))),
    )
    expect(failure).toMatchObject({ does: "retry", stuck: false })
    expect(discards(made)).toEqual([0])
  })

  it("is another one where it may be stuck, once for all its calls", async () => {
    const { slot, made } = slotWith()
    const before = slot.client()
    const calls = [1, 2, 3].map(() => Effect.flip(slot.call(() => Promise.reject(unheardOf))))
    const failures = await Effect.runPromise(Effect.all(calls, { concurrency: "unbounded" }))
    expect(failures.every(({ stuck }) => stuck)).toBe(true)
    expect(discards(made)).toEqual([1, 0])
    expect(slot.client()).not.toBe(before)
    slot.replace(before)
    expect(discards(made)).toEqual([1, 0])
  })

  it("is another one where it does not answer in time, and where it throws at once", async () => {
    const { slot, made } = slotWith(1)
    const silent = await Effect.runPromise(Effect.flip(slot.call(() => new Promise(() => {}))))
    expect(silent).toMatchObject({ does: "retry", kind: "unreachable", stuck: true })
    const broken = await Effect.runPromise(
      Effect.flip(
        slot.call(() => {
          throw new TypeError("it is broken")
        }),
      ),
    )
    expect(broken).toMatchObject({ does: "bug" })
    expect(discards(made)).toEqual([1, 1, 0])
  })

  it("stays where nobody waits for its answer any more", async () => {
    const { slot, made } = slotWith()
    const fiber = Effect.runFork(slot.call(() => new Promise(() => {})))
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(discards(made)).toEqual([0])
    slot.discard()
    expect(discards(made)).toEqual([1])
  })
})
