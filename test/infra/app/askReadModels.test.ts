import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { FindingId } from "../../../src/domain/event/ids.ts"
import { beginning } from "../../../src/domain/event/position.ts"
import { NotFound } from "../../../src/infra/app/Answer.ts"
import { askReadModels } from "../../../src/infra/app/askReadModels.ts"
import { showFinding } from "../../../src/infra/app/showFinding.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { LogAvailability } from "../../../src/infra/eventlog/LogAvailability.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { catchUp } from "../../../src/infra/readmodel/catchUp.ts"
import { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"
import { putInQuarantine } from "../../../src/projections/quarantine.ts"
import { listFindings } from "../../../src/projections/queries/listFindings.ts"
import { reuseProjectionName } from "../../../src/projections/reuse/reuseProjection.ts"
import { append, captures } from "../readmodel/logEvents.ts"

const stores = (away?: string) =>
  Layer.fresh(
    Layer.mergeAll(
      layerMemory,
      ReadModel.layer({ file: ":memory:", mode: "read-write" }),
      Layer.succeed(LogAvailability, { away }),
    ),
  )

const findings = askReadModels((database) =>
  listFindings(database, { sort: "targets", limit: 25, offset: 0 }),
)

const quarantined = (count: number) =>
  ReadModel.use(({ attempt }) =>
    attempt("fill the quarantine", (database) => {
      for (let n = 1; n <= count; n++) {
        const key = { secretKind: "plaintext", secretDigest: "", principal: String(n) }
        const findingId = FindingId.make(`00000000-0000-5000-8000-00000000000${n}`)
        putInQuarantine(database, reuseProjectionName, { findingId, since: beginning, key })
      }
    }),
  )

describe("a question to the read models", () => {
  it("is answered without warnings where they are up to date", async () => {
    const { answer, warnings } = await Effect.gen(function* () {
      yield* append(captures(100))
      yield* catchUp("stop")
      return yield* findings
    }).pipe(Effect.provide(stores()), Effect.runPromise)
    expect(answer.total).toBe(7)
    expect(warnings).toEqual([])
  })

  it("is answered with a warning where they are behind the log", async () => {
    const { answer, warnings } = await Effect.gen(function* () {
      yield* append(captures(100))
      yield* catchUp("stop")
      yield* append(captures(103).slice(100))
      return yield* findings
    }).pipe(Effect.provide(stores()), Effect.runPromise)
    expect(answer.total).toBe(7)
    expect(warnings).toEqual([
      expect.stringMatching(/^the read models are 3 events behind the log;/),
    ])
  })

  it("is answered with a warning where the log cannot be asked", async () => {
    const { warnings } = await Effect.gen(function* () {
      yield* append(captures(100))
      return yield* findings
    }).pipe(Effect.provide(stores("it is asleep")), Effect.runPromise)
    expect(warnings).toEqual([
      expect.stringMatching(/cannot reach the event log's server: .* \(it is asleep\)$/),
    ])
  })

  it("names the first findings in quarantine and counts the others", async () => {
    const warned = async (count: number) => {
      const asked = Effect.andThen(quarantined(count), findings)
      return (await Effect.runPromise(Effect.provide(asked, stores()))).warnings
    }
    expect(await warned(3)).toHaveLength(3)
    expect(await warned(5)).toEqual([
      expect.stringMatching(/^finding 0+-0000-5000-8000-0+1 is quarantined: /),
      expect.stringMatching(/^finding 0+-0000-5000-8000-0+2 is quarantined: /),
      expect.stringMatching(/^finding 0+-0000-5000-8000-0+3 is quarantined: /),
      "2 more findings are quarantined",
    ])
  })

  it("of what they do not have fails with the warnings that may say why", async () => {
    const failure = await Effect.gen(function* () {
      yield* append(captures(100))
      return yield* showFinding({ id: "00000000", moment: undefined, limit: 1, offset: 0 })
    }).pipe(Effect.provide(stores()), Effect.flip, Effect.runPromise)
    expect(failure).toBeInstanceOf(NotFound)
    expect(failure).toMatchObject({
      message: expect.stringContaining("no finding has the id 00000000"),
      warnings: [expect.stringMatching(/100 events behind/)],
    })
  })

  it("is refused for a position that the log has not reached", async () => {
    const failure = await Effect.gen(function* () {
      yield* append(captures(10))
      const { head } = yield* EventLog.use((log) => log.health)
      const past = String(Number(head) + 1)
      return yield* askReadModels(() => "asked", { flag: "--as-of", position: past })
    }).pipe(Effect.provide(stores()), Effect.flip, Effect.runPromise)
    expect(failure.message).toMatch(/^--as-of 11 is past the end of the log, which is at 0+10$/)
  })
})
