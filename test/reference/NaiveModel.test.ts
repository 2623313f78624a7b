import { describe, expect, it } from "@effect/vitest"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { findingById } from "../../src/projections/queries/findingById.ts"
import { listAttackers } from "../../src/projections/queries/listAttackers.ts"
import { listCredentials } from "../../src/projections/queries/listCredentials.ts"
import { listFindings } from "../../src/projections/queries/listFindings.ts"
import { foldBatches } from "../projections/foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../projections/histories.ts"
import { reuseState } from "../projections/tables.ts"
import { NaiveModel } from "./NaiveModel.ts"
import { byText, filledTargets, type KeyState } from "./ReuseState.ts"

const naiveState = (events: ReadonlyArray<DecodedEvent>) => {
  const model = new NaiveModel()
  for (const event of events) model.add(event)
  return model.state()
}
const page = { limit: 1000, offset: 0 }

describe("the read models", () => {
  it.prop(
    "say what a naive model of the rules says, whatever the history and its batches",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const events = eventsOf(steps)
      expect(reuseState(foldBatches(batchesOf(events, sizes)))).toEqual(naiveState(events))
    },
    { arbitrary: { runs: 150, size: 120, seed: 1 } },
  )

  it.prop(
    "are read by the queries as what that model says",
    { steps: histories },
    ({ steps }) => {
      const events = eventsOf(steps)
      const db = foldBatches([events])
      const { keys, credentials, attackers } = naiveState(events)
      const open = keys.filter((key) => key.open)

      const listed = listFindings(db, { ...page, sort: "targets" })
      expect(listed.total).toBe(open.length)
      expect(listed.findings.map(({ id }) => id)).toEqual(
        open.sort(byTargets).map(({ findingId }) => findingId),
      )
      for (const key of open) {
        const lookup = findingById(db, key.findingId, {
          targets: page,
          attackers: page,
          history: page,
        })
        if (lookup._tag !== "Found") throw new Error(`no finding ${key.findingId}`)
        const { finding } = lookup
        expect(finding).toMatchObject({
          principal: key.principal,
          version: key.version,
          targetCount: key.targetCount,
          attackerCount: key.attackerCount,
          attemptCount: key.attemptCount,
          firstSeen: key.firstSeen,
          lastSeen: key.lastSeen,
          unannouncedTargets: key.unannouncedTargets,
          unannouncedAttackers: key.unannouncedAttackers,
          historyCount: key.version,
          deckies: [...new Set(key.targets.map(({ decky }) => decky))].sort(),
          services: [...new Set(filledTargets(key.targets).map(({ service }) => service))].sort(),
        })
        expect(finding.targets).toEqual(expect.arrayContaining([...filledTargets(key.targets)]))
        expect(finding.targets).toHaveLength(key.targetCount)
        expect(finding.attackers.map(({ ip }) => ip).sort()).toEqual(
          key.attackers.map(({ ip }) => ip).sort(),
        )
        expect(finding.history).toMatchObject(
          key.history.map(({ source: _, ...change }) => ({ ...change })),
        )
      }

      const inAll = listCredentials(db, { ...page, sort: "last-seen" })
      expect(inAll.total).toBe(credentials.length)
      expect(inAll.credentials.map(({ lastSeen }) => lastSeen)).toEqual(
        credentials.map(({ lastSeen }) => lastSeen).sort((a, b) => byText(b, a)),
      )
      for (const { ip, uuid, identifiedAt, attemptCount } of attackers) {
        const openFindings = open.filter((key) => key.attackers.some((one) => one.ip === ip)).length
        expect(listAttackers(db, { ...page, sort: "attempts", attacker: ip })).toMatchObject({
          total: 1,
          attackers: [{ ip, uuid, identified: identifiedAt !== null, attemptCount, openFindings }],
        })
        expect(listFindings(db, { ...page, sort: "last-seen", attacker: ip }).total).toBe(
          openFindings,
        )
      }
    },
    { arbitrary: { runs: 60, size: 120, seed: 7 } },
  )
})

const byTargets = (a: KeyState, b: KeyState): number =>
  b.targetCount - a.targetCount ||
  byText(b.lastSeen, a.lastSeen) ||
  byText(a.findingId, b.findingId)
