import { describe, expect, it } from "vitest"
import { displayWidth } from "../../../../src/infra/cli/render/table.ts"
import { targetMatrix } from "../../../../src/infra/cli/render/targetMatrix.ts"

const target = (decky: string, service: string, attemptCount: number) => ({
  decky,
  service,
  attemptCount,
  firstSeen: "2031-01-01T00:00:00.000000Z",
  lastSeen: "2031-01-01T00:00:00.000000Z",
})

describe("the matrix of targets", () => {
  it("has a count where decky and service were seen together and a dot where they never were", () => {
    const text = targetMatrix([
      target("d2", "ssh", 12),
      target("d1", "ftp", 3),
      target("d1", "ssh", 1),
    ])
    expect(text.split("\n")).toEqual(["DECKY  ftp  ssh", "d1       3    1", "d2       .   12"])
  })

  it("goes into several blocks where the services do not fit beside one another", () => {
    const services = Array.from({ length: 12 }, (_, n) => `service-${n + 10}`)
    const text = targetMatrix(
      services.map((service) => target("decky-01", service, 5)),
      40,
    )
    const blocks = text.split("\n\n")
    for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(40)
    expect(blocks.flatMap((block) => block.split("\n")[0]?.split(/ +/).slice(1))).toEqual(services)
    expect(blocks.length).toBeGreaterThan(1)
  })

  it("shows at least one service in a block, however narrow it is", () => {
    const text = targetMatrix([target("d1", "aaaaaaaa", 1), target("d1", "bbbbbbbb", 1)], 3)
    expect(text.split("\n\n")).toHaveLength(2)
  })

  it("lets no name act on the terminal", () => {
    const text = targetMatrix([target("d1", "\x1b[31mssh", 2)])
    expect(text).toContain("\\x1b[31mssh")
    expect(text).not.toContain("\x1b")
  })

  it("does not take one pair for another whose names run together in the same way", () => {
    const text = targetMatrix([target("d1", "1ssh", 7), target("d11", "ssh", 8)])
    expect(text.split("\n")).toEqual(["DECKY  1ssh  ssh", "d1        7    .", "d11       .    8"])
  })
})
