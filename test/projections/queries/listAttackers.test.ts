import { describe, expect, it } from "vitest"
import { mintedAttackerUuid } from "../../../src/domain/event/ids.ts"
import { listAttackers } from "../../../src/projections/queries/listAttackers.ts"
import { captured, identified } from "../captureEvents.ts"
import { foldedReadModel } from "../foldedReadModel.ts"

const page = { sort: "attempts", limit: 25, offset: 0 } as const
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"

/** `.1` belongs to two findings, `.2` to one of them, `.3` to none, `.4` has never been seen. */
const readModel = () =>
  foldedReadModel([
    captured({ ip: "192.0.2.1", decky: "d1", password: "a", at: "2031-01-01T00:00:00Z" }),
    captured({ ip: "192.0.2.1", decky: "d1", password: "b", at: "2031-01-02T00:00:00Z" }),
    captured({ ip: "192.0.2.1", decky: "d2", password: "b", at: "2031-01-03T00:00:00Z" }),
    captured({ ip: "192.0.2.2", decky: "d2", password: "a", at: "2031-01-09T00:00:00Z" }),
    captured({ ip: "192.0.2.3", password: "x", at: "2031-01-04T00:00:00Z" }),
    captured({ ip: "192.0.2.3", password: "x", at: "2031-01-05T00:00:00Z" }),
    captured({ ip: "192.0.2.3", password: "y", at: "2031-01-06T00:00:00Z" }),
    captured({ ip: "192.0.2.3", password: "z", at: "2031-01-07T00:00:00Z" }),
    identified({ ip: "192.0.2.2", uuid }),
    identified({ ip: "192.0.2.4", uuid }),
  ])

const listed = (query: Partial<Parameters<typeof listAttackers>[1]>) =>
  listAttackers(readModel(), { ...page, ...query }).attackers.map(({ ip }) => ip)

describe("listing attackers", () => {
  it("shows times, attempts and open findings of each", () => {
    const { total, attackers } = listAttackers(readModel(), page)
    expect(total).toBe(4)
    expect(attackers[1]).toEqual({
      ip: "192.0.2.1",
      uuid: mintedAttackerUuid("192.0.2.1"),
      identified: false,
      firstSeen: "2031-01-01T00:00:00.000000Z",
      lastSeen: "2031-01-03T00:00:00.000000Z",
      attemptCount: 3,
      openFindings: 2,
    })
  })

  it("shows an address that was identified but never seen", () => {
    expect(listAttackers(readModel(), page).attackers.at(-1)).toEqual({
      ip: "192.0.2.4",
      uuid,
      identified: true,
      firstSeen: null,
      lastSeen: null,
      attemptCount: 0,
      openFindings: 0,
    })
  })

  it("sorts by attempts, by the last sighting and by findings", () => {
    expect(listed({ sort: "attempts" })).toEqual([
      "192.0.2.3",
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.4",
    ])
    expect(listed({ sort: "last-seen" })).toEqual([
      "192.0.2.2",
      "192.0.2.3",
      "192.0.2.1",
      "192.0.2.4",
    ])
    expect(listed({ sort: "findings" })).toEqual([
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.3",
      "192.0.2.4",
    ])
  })

  it("filters by address or by UUID, and counts what it filtered", () => {
    expect(listed({ attacker: "192.0.2.3" })).toEqual(["192.0.2.3"])
    expect(listAttackers(readModel(), { ...page, attacker: uuid, limit: 1 })).toMatchObject({
      total: 2,
      attackers: [{ ip: "192.0.2.2" }],
    })
  })

  it("finds an address in any spelling", () => {
    expect(listed({ attacker: "[::ffff:192.0.2.2]:5555" })).toEqual(["192.0.2.2"])
  })

  it("finds nobody where no capture and no word about an address came", () => {
    expect(listed({ attacker: "203.0.113.1" })).toEqual([])
  })

  it("cuts pages", () => {
    expect(listed({ limit: 2, offset: 1 })).toEqual(["192.0.2.1", "192.0.2.2"])
  })
})
