import { describe, expect, it } from "vitest"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { findingById } from "../../src/projections/queries/findingById.ts"
import { listFindings } from "../../src/projections/queries/listFindings.ts"
import { captured } from "./captureEvents.ts"
import { foldBatches } from "./foldBatches.ts"
import { outbox } from "./tables.ts"

const page = { limit: 10, offset: 0 }
const on = (decky: string, service: string) => captured({ decky, service })

const found = (...events: ReadonlyArray<DecodedEvent>) => {
  const db = foldBatches(events.map((event) => [event]))
  const [finding] = listFindings(db, { ...page, sort: "targets" }).findings
  return { db, finding }
}

describe("a service that a log does not name", () => {
  it("is no second target of a decky that has a known one, whichever comes first", () => {
    expect(found(on("a", "ssh"), on("a", "unknown")).finding).toBeUndefined()
    expect(found(on("a", "unknown"), on("a", "ssh")).finding).toBeUndefined()
  })

  it("is a target where nothing else of the decky is known", () => {
    expect(found(on("a", "unknown"), on("b", "ssh")).finding?.targetCount).toBe(2)
    expect(found(on("a", "unknown"), on("b", "unknown")).finding?.targetCount).toBe(2)
  })

  it("is filled in once it becomes known, and the finding does not grow by it", () => {
    const { db, finding } = found(on("a", "unknown"), on("b", "ssh"), on("a", "telnet"))
    expect(finding).toMatchObject({ targetCount: 2, version: 1, services: ["ssh", "telnet"] })
    const details = findingById(db, finding?.id ?? "", {
      targets: page,
      attackers: page,
      history: page,
    })
    if (details._tag !== "Found") throw new Error("the finding is there")
    expect(details.finding.targets).toMatchObject([
      { decky: "a", service: "telnet", attemptCount: 2 },
      { decky: "b", service: "ssh", attemptCount: 1 },
    ])
  })

  it("is announced by its name where that was known before", () => {
    const { db } = found(on("a", "unknown"), on("a", "telnet"), on("b", "ssh"))
    const detected = outbox(db).find(({ type }) => type === "credential.reuse.detected")
    expect(detected?.data).toMatchObject({
      addedTargets: [
        { decky: "a", service: "telnet" },
        { decky: "b", service: "ssh" },
      ],
    })
  })
})
