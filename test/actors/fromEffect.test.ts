import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { createActor, toPromise } from "xstate"
import { fromEffect } from "../../src/actors/fromEffect.ts"
import { makeRunner } from "../../src/actors/Runner.ts"
import { quietFork } from "./quietFork.ts"

const begin = (
  effect: (signal: (word: string) => void) => Effect.Effect<number, "wrong">,
  logged: Array<string> = [],
) => {
  const runner = makeRunner(quietFork(logged))
  const heard: Array<string> = []
  const input = { runner, effect, signal: (word: string) => void heard.push(word) }
  const actor = createActor(fromEffect<number, "wrong", string>(), { input }).start()
  return { runner, heard, actor }
}

describe("fromEffect", () => {
  it("is done with what the effect gives", async () => {
    const { actor } = begin(() => Effect.succeed(7))
    expect(await toPromise(actor)).toEqual(Exit.succeed(7))
  })

  it("is done with the typed failure of the effect, and not in error", async () => {
    const { actor } = begin(() => Effect.fail("wrong"))
    expect(await toPromise(actor)).toEqual(Exit.fail("wrong"))
  })

  it("is done with a defect of the effect, and logs where it was", async () => {
    const logged: Array<string> = []
    const { actor } = begin(() => Effect.die("a bug"), logged)
    expect(await toPromise(actor)).toEqual(Exit.die("a bug"))
    expect(logged).toEqual(["an actor's work did not end as it should: a bug"])
  })

  it("hands on the signals of the effect until it has stopped", () => {
    let send = (_word: string): void => {}
    const { actor, heard } = begin((signal) => {
      send = signal
      return Effect.andThen(
        Effect.sync(() => signal("at once")),
        Effect.never,
      )
    })
    send("later")
    actor.stop()
    send("too late")
    expect(heard).toEqual(["at once", "later"])
  })

  it("interrupts the effect when it stops, and lets its finalizers be waited for", async () => {
    const gate = Deferred.makeUnsafe<void>()
    const ended: Array<string> = []
    const finalizer = Effect.andThen(
      Deferred.await(gate),
      Effect.sync(() => ended.push("finalizer")),
    )
    const { actor, runner } = begin(() => Effect.ensuring(Effect.never, finalizer))
    actor.stop()
    expect(actor.getSnapshot().status).toBe("stopped")
    const settled = Effect.runPromise(runner.settled).then(() => ended.push("settled"))
    expect(ended).toEqual([])
    Effect.runSync(Deferred.succeed(gate, undefined))
    await settled
    expect(ended).toEqual(["finalizer", "settled"])
  })

  it("logs what went wrong in an effect that was stopped, for nobody else hears of it", async () => {
    const logged: Array<string> = []
    const finalizer = Effect.die("a bad end")
    const { actor, runner } = begin(() => Effect.ensuring(Effect.never, finalizer), logged)
    actor.stop()
    await Effect.runPromise(runner.settled)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain("a bad end")
  })

  it("logs nothing of an effect that was stopped and ended well", async () => {
    const logged: Array<string> = []
    const { actor, runner } = begin(() => Effect.never, logged)
    actor.stop()
    await Effect.runPromise(runner.settled)
    expect(logged).toEqual([])
  })
})
