import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { residuesIn } from "../../support/residues.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const address = "Anna.Berg@example.org"

const log = writeLines(join(directory, "logs", "opencanary.log"), [
  canaryLogin({ decky: "gate-1", username: address, password: "orchid", more: { FROM: address } }),
  canaryLogin({ decky: "gate-2", username: address, password: "orchid" }, 1),
  canaryLogin({ decky: "gate-2", username: "root", password: "orchid" }, 2),
])

const ingested = async (name: string, ...flags: ReadonlyArray<string>): Promise<string> => {
  const data = join(directory, name)
  const { code, stderr } = await credtrail("ingest", log, "--data", data, ...flags)
  if (code !== 0) throw new Error(stderr)
  return data
}

describe("--no-mail-addresses", () => {
  it("keeps no address anywhere, and finds the same", async () => {
    const data = await ingested("without", "--no-mail-addresses")
    expect(residuesIn(data, "Anna.Berg")).toEqual([])
    const { findings } = await answer("findings", "--data", data)
    expect(findings).toMatchObject([
      { principal: expect.stringMatching(/^[0-9a-f]{16}@example\.org$/), targetCount: 2 },
    ])
    const { stdout } = await credtrail("tail", "--from", "start", "--no-follow", "--data", data)
    expect(stdout).not.toContain("Anna.Berg")
  })

  it("holds from then on, and it is on record who said so", async () => {
    const data = await ingested("later", "--no-mail-addresses")
    const more = writeLines(join(directory, "more", "opencanary.log"), [
      canaryLogin({ decky: "gate-3", username: "karl@example.org", password: "elk" }, 9),
    ])
    await answer("ingest", more, "--data", data)
    expect(residuesIn(data, "karl@example.org")).toEqual([])
    const { entries } = await answer("audit", "--data", data)
    expect(entries).toMatchObject([
      { type: "keeping.ended", command: "ingest", subject: "no mail addresses are kept" },
      { type: "keys.bound" },
    ])
  })

  it("lets whoever holds the keys ask by an address, and erase by it", async () => {
    const data = await ingested("asked", "--no-mail-addresses")
    for (const asked of [address, address.toLowerCase()]) {
      const found = await answer("credentials", "--principal", asked, "--data", data)
      expect(found.total).toBe(2)
      const { findings } = await answer("findings", "--principal", asked, "--data", data)
      expect(findings).toHaveLength(1)
    }
    expect(await answer("erase", "--principal", address, "--yes", "--data", data)).toMatchObject({
      secrets: 1,
    })
    const nobody = await answer("credentials", "--principal", "x@example.org", "--data", data)
    expect(nobody.total).toBe(0)
  })

  it("leaves addresses as they are where nobody has asked for it", async () => {
    const data = await ingested("with")
    const { findings } = await answer("findings", "--principal", address, "--data", data)
    expect(findings).toMatchObject([{ principal: address }])
  })
})
