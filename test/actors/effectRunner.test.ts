import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import type { Signal, Work } from "../../src/actors/Child.ts"
import { type Exited, makeRunner } from "../../src/actors/effectRunner.ts"
import { eventually } from "../support/eventually.ts"
import { controllableWork, failureOf } from "./controllableWork.ts"
import { quietFork } from "./quietFork.ts"

const caughtUp = { type: "caughtUp" } as const

const begin = (work: Work) => {
  const logged: Array<string> = []
  const told: Array<Signal | Exited> = []
  const runner = makeRunner(quietFork(logged), { name: "sensor", work })
  const again = () => runner.begin((event) => void told.push(event))
  const settled = Effect.runPromise
  return { logged, told, again, stop: again(), settled: () => settled(runner.settled) }
}

describe("a run of an effect", () => {
  it("tells the signals of the effect, then how it ended", async () => {
    const { told, settled } = begin((signal) => Effect.sync(() => signal(caughtUp)))
    await settled()
    expect(told).toEqual([caughtUp, { type: "exited", exit: Exit.void }])
  })

  it("keeps the failure typed", async () => {
    const { told, settled, logged } = begin(() => Effect.fail(failureOf("poison")))
    await settled()
    expect(told).toEqual([{ type: "exited", exit: Exit.fail(failureOf("poison")) }])
    expect(logged).toEqual([])
  })

  it("tells of a bug, and logs it", async () => {
    const { told, settled, logged } = begin(() => Effect.die("a bug"))
    await settled()
    expect(told).toEqual([{ type: "exited", exit: Exit.die("a bug") }])
    expect(logged).toEqual(["sensor failed unexpectedly: a bug"])
  })

  it("takes work that throws before it is an effect for a bug", async () => {
    const { told, settled } = begin(() => {
      throw new Error("no effect at all")
    })
    await settled()
    expect(told).toEqual([{ type: "exited", exit: Exit.die(new Error("no effect at all")) }])
  })

  it("is interrupted when it is stopped, and its finalizers can be waited for", async () => {
    const gate = Deferred.makeUnsafe<void>()
    const journal: Array<string> = []
    const { stop, settled, logged } = begin(controllableWork("work", journal, gate).work)
    stop()
    const settling = settled().then(() => journal.push("settled"))
    expect(journal).toEqual(["work begun"])
    Deferred.doneUnsafe(gate, Effect.void)
    await settling
    expect(journal).toEqual(["work begun", "work ended", "settled"])
    expect(logged).toEqual([])
  })

  it("does not begin before the finalizers of the last run are through", async () => {
    const gate = Deferred.makeUnsafe<void>()
    const journal: Array<string> = []
    const work = controllableWork("work", journal, gate)
    const { stop, again, settled } = begin(work.work)
    stop()
    again()() // begun and stopped while the first still has finalizers to run
    const stopThird = again()
    expect(journal).toEqual(["work begun"])
    Deferred.doneUnsafe(gate, Effect.void)
    await Effect.runPromise(eventually(Effect.sync(() => work.runs.length === 2)))
    expect(journal).toEqual(["work begun", "work ended", "work begun"])
    stopThird()
    await settled()
    expect(journal).toEqual(["work begun", "work ended", "work begun", "work ended"])
  })

  it("logs what went wrong in a run that was stopped, because nobody else learns of it", async () => {
    const { stop, settled, logged } = begin(() =>
      Effect.ensuring(Effect.never, Effect.die("a bad end")),
    )
    stop()
    await settled()
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain("a bad end")
  })
})
