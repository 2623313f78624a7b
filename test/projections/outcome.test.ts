import { describe, expect, it } from "vitest"
import type { Outcome } from "../../src/domain/capture/capture.ts"
import { listCredentials } from "../../src/projections/queries/listCredentials.ts"
import { captured } from "./captureEvents.ts"
import { foldBatches } from "./foldBatches.ts"

type Attempt = readonly [second: number, outcome: Outcome | null]

/** The outcome of one credential after these attempts, folded in batches of this size. */
const outcomeOf = (attempts: ReadonlyArray<Attempt>, batch: number): Outcome | null | undefined => {
  const events = attempts.map(([second, outcome]) =>
    captured({ at: `2031-02-03T00:00:0${second}Z`, outcome }),
  )
  const batches = []
  for (let from = 0; from < events.length; from += batch) {
    batches.push(events.slice(from, from + batch))
  }
  const page = { limit: 10, offset: 0, sort: "last-seen" } as const
  const { credentials } = listCredentials(foldBatches(batches), page)
  expect(credentials).toHaveLength(1)
  return credentials[0]?.outcome
}

describe.each([1, 10])("the outcome of a credential, folded in batches of %i", (batch) => {
  const both = (...attempts: ReadonlyArray<Attempt>) => [
    outcomeOf(attempts, batch),
    outcomeOf(attempts.toReversed(), batch),
  ]

  it("is the latest by event time, in whatever order the attempts are ingested", () => {
    expect(both([1, "failure"], [2, "success"])).toEqual(["success", "success"])
    expect(both([1, "success"], [2, "failure"])).toEqual(["failure", "failure"])
  })

  it("is the same for attempts at the same time, in whatever order", () => {
    expect(both([1, "failure"], [1, "success"])).toEqual(["success", "success"])
    expect(both([1, "success"], [1, "observed"])).toEqual(["success", "success"])
  })

  it("ignores attempts whose outcome the log does not give", () => {
    expect(both([1, "failure"], [2, null])).toEqual(["failure", "failure"])
    expect(both([1, null], [2, null])).toEqual([null, null])
  })
})
