import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
let made = 0

/** A data directory of its own, filled from such logins. */
const filled = async (logins: ReadonlyArray<Parameters<typeof canaryLogin>[0]>) => {
  const place = join(directory, String(made++))
  const data = join(place, "data")
  const log = writeLines(join(place, "opencanary.log"), logins.map(canaryLogin))
  const { code, stderr } = await credtrail("ingest", log, "--data", data)
  if (code !== 0) throw new Error(stderr)
  return {
    said: (...args: ReadonlyArray<string>) => credtrail(...args, "--data", data),
    asked: (...args: ReadonlyArray<string>) => answer(...args, "--data", data),
    events: async (topic: string) => {
      const tail = ["tail", topic, "--from", "start", "--no-follow", "--json"]
      const { stdout } = await credtrail(...tail, "--data", data)
      return stdout === ""
        ? []
        : stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
    },
  }
}

const ip = "2001:db8::a"
const reuse = [
  { decky: "gate-1", ip, password: "tulip-bulb" },
  { decky: "gate-2", ip: "192.0.2.77", password: "tulip-bulb" },
]
const somebody = "7d2a4f10-9f0e-4c3b-8d55-0a1b2c3d4e5f"
const somebodyElse = "11111111-2222-4333-8444-555555555555"

describe("credtrail attackers identify", () => {
  it("is appended once, and findings, credentials and attackers pick it up", async () => {
    const { said, asked, events } = await filled(reuse)
    const first = await said("attackers", "identify", ip, somebody)
    expect(first).toEqual({
      code: 0,
      stdout: `${ip} is now known as ${somebody}\n`,
      stderr: "",
    })

    const [{ id }] = (await asked("findings")).findings
    const finding = await asked("findings", "show", id)
    expect(finding.attackers).toContainEqual(
      expect.objectContaining({ ip, uuid: somebody, identified: true }),
    )
    expect(finding.history.at(-1)).toMatchObject({
      change: "grew",
      eventType: "attacker.identified",
      source: null,
      addedTargetCount: 0,
      addedAttackerUuids: [somebody],
    })
    const page = (await said("findings", "show", id)).stdout
    expect(page).toContain(`attacker identified as ${somebody}`)
    expect(page).toMatch(new RegExp(`${somebody} +identification`))
    const { credentials } = await asked("credentials", "--attacker", somebody)
    expect(credentials).toMatchObject([{ attackerIp: ip, attackerUuid: somebody }])
    const { attackers } = await asked("attackers", "--attacker", somebody)
    expect(attackers).toMatchObject([{ ip, identified: true }])

    const again = await said("attackers", "identify", ip, somebody)
    expect(again).toEqual({
      code: 0,
      stdout: `${ip} was already known as ${somebody}\n`,
      stderr: "",
    })
    const identified = await events("attacker.identified")
    expect(identified).toMatchObject([{ data: { attackerIp: ip, attackerUuid: somebody } }])
    const grown = (await events("credential.reuse.detected")).filter(
      ({ data }) => data.addedAttackerUuids.length > 0,
    )
    expect(grown).toMatchObject([
      { data: { change: "grew" }, metadata: { $causationId: identified[0].id } },
    ])
  })

  it("takes address and UUID in any spelling", async () => {
    const { asked } = await filled(reuse)
    const spelled = ["2001:0DB8:0:0::000A", somebody.toUpperCase()]
    const first = await asked("attackers", "identify", ...spelled)
    expect(first).toEqual({ attackerIp: ip, attackerUuid: somebody, appended: true })
    const again = await asked("attackers", "identify", ip, somebody)
    expect(again).toEqual({ attackerIp: ip, attackerUuid: somebody, appended: false })
  })

  it("is refused where the address is somebody else's already", async () => {
    const { said, events } = await filled(reuse)
    await said("attackers", "identify", ip, somebody)
    const { code, stdout, stderr } = await said("attackers", "identify", ip, somebodyElse)
    expect(stderr).toBe(
      `credtrail: ${ip} has already been identified, as ${somebody}: the first identification is kept\n`,
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect((await events("attacker.identified")).length).toBe(1)
  })
})

describe("credtrail policy", () => {
  const threeTargets = [...reuse, { decky: "gate-3", ip, password: "tulip-bulb" }]
  const twoTargets = [
    { decky: "gate-1", ip, password: "daffodil" },
    { decky: "gate-2", ip, password: "daffodil" },
  ]

  it("shows what is in force", async () => {
    const { said, asked } = await filled([])
    expect(await asked("policy")).toMatchObject({ minTargets: 2, attackersAnnounced: 32 })
    expect((await said("policy")).stdout).toMatch(/^min-targets +2\nexclude-empty +true\n/)
  })

  it("opens findings at once where fewer targets are enough, and announces them once", async () => {
    const { said, asked, events } = await filled([])
    await said("policy", "set", "--min-targets", "3")
    const log = writeLines(join(directory, "more", "opencanary.log"), [
      ...[...threeTargets, ...twoTargets].map(canaryLogin),
    ])
    await said("ingest", log)
    expect((await asked("findings")).total).toBe(1)

    const lowered = await said("policy", "set", "--min-targets", "2")
    expect(lowered.code).toBe(0)
    expect(lowered.stdout).toMatch(/^min-targets +3 -> 2\n/)
    expect(lowered.stdout).toMatch(/in force from here on; 1 finding opened, 0 closed\n$/)
    const { findings } = await asked("findings")
    expect(findings.length).toBe(2)

    const opened = (await events("credential.reuse.detected")).filter(
      ({ data }) => data.change === "opened",
    )
    expect(opened.map(({ data }) => data.findingId).sort()).toEqual(
      findings.map(({ id }: { id: string }) => id).sort(),
    )
    const changes = await events("reuse.policy.changed")
    expect(changes.map(({ data }) => data.policy.minTargets)).toEqual([3, 2])
    expect(opened.at(-1).metadata.$causationId).toBe(changes[1].id)
  })

  it("closes findings whose ground it takes away, with the reason, and opens them again", async () => {
    const { said, asked, events } = await filled([...threeTargets, ...twoTargets])
    const { findings } = await asked("findings")
    const two = findings.find(({ targetCount }: { targetCount: number }) => targetCount === 2)
    const raised = await said("policy", "set", "--min-targets", "3")
    expect(raised.stdout).toMatch(/in force from here on; 0 findings opened, 1 closed\n$/)
    expect(await asked("findings")).toMatchObject({ total: 1, findings: [{ targetCount: 3 }] })
    expect((await asked("findings", "--min-targets", "2")).total).toBe(2)
    const id = two.id.slice(0, 8)
    expect((await said("findings", "show", id)).stdout).toMatch(/\nstate +closed, version 2\n/)
    expect(await asked("why", id)).toMatchObject({ closed: "min-targets" })
    expect(await asked("findings", "history", id)).toMatchObject({
      changes: [{ change: "opened" }, { change: "closed", reason: "min-targets" }],
    })
    const [policy] = await events("reuse.policy.changed")
    const closed = await events("credential.reuse.closed")
    expect(closed).toMatchObject([
      {
        stream: `reuse-${two.id}`,
        revision: 1,
        data: { findingId: two.id, version: 2, reason: "min-targets", targetCount: 2 },
        metadata: { $causationId: policy.id },
      },
    ])
    const before = await asked("findings", "--as-of", closed[0].position)
    expect(before.total).toBe(1)
    const opening = (await events("credential.reuse.detected")).at(-1).position
    expect((await asked("findings", "--as-of", opening)).total).toBe(2)
    expect(await asked("findings", "diff", "--from", opening, "--to", "now")).toMatchObject({
      closedCount: 1,
      closed: [{ id: two.id, state: "closed" }],
      unchangedCount: 1,
    })

    const lowered = await asked("policy", "set", "--min-targets", "2")
    expect(lowered).toMatchObject({ findingsOpened: 1, findingsClosed: 0 })
    expect((await asked("findings")).total).toBe(2)
    expect((await events("credential.reuse.detected")).at(-1).data).toMatchObject({
      change: "reopened",
      version: 3,
      addedTargetCount: 0,
    })
    expect(await asked("policy", "set", "--exclude-kind", "plaintext")).toMatchObject({
      findingsClosed: 2,
    })
    expect((await events("credential.reuse.closed")).at(-1).data.reason).toBe("excluded-kind")
    expect(await asked("verify")).toMatchObject({ announced: { wrong: 0, waiting: 0 } })
  })

  it("says that there is nothing to change, and changes nothing then", async () => {
    const { said, asked, events } = await filled([])
    const { code, stdout } = await said("policy", "set", "--min-targets", "2", "--exclude-empty")
    expect(stdout).toMatch(/nothing to change: this policy is in force already\n$/)
    expect(code).toBe(0)
    expect(await asked("policy", "set", "--min-targets", "2")).toMatchObject({ changed: false })
    expect(await events("reuse.policy.changed")).toEqual([])
  })

  it("leaves secrets and kinds out, and takes them in again", async () => {
    const { said, asked } = await filled([])
    const digest = "ab".repeat(32)
    const more = ["--exclude-secret", digest.toUpperCase(), "--exclude-secret", digest]
    const set = await asked("policy", "set", ...more, "--exclude-kind", "SSH_public_key")
    const { excludedKinds } = set.before
    expect(set.policy).toMatchObject({
      excludedSecrets: [digest],
      excludedKinds: [...excludedKinds, "ssh_public_key"].sort(),
    })
    const text = await said("policy", "set", "--exclude-kind", "plaintext", "--no-exclude-empty")
    expect(text.stdout).toBe(
      "exclude-empty        true -> false\nexclude-kind         + plaintext\n\nin force from here on; 0 findings opened, 0 closed\n",
    )
    expect((await said("policy")).stdout).toContain(digest)
    const none = ["--exclude-secret", "none", "--exclude-kind", "none"]
    const emptied = await asked("policy", "set", ...none)
    expect(emptied.policy).toMatchObject({ excludedSecrets: [], excludedKinds: [] })
    const only = await asked("policy", "set", "--only-kinds", "plaintext,snmp_community")
    expect(only.policy.excludedKinds).toContain("ssh_public_key")
    expect(only.policy.excludedKinds).not.toContain("plaintext")
    const reset = await asked("policy", "set", "--reset", "--min-targets", "5")
    expect(reset.policy).toEqual({ ...set.before, minTargets: 5 })
  })

  it("refuses a kind of secret that there is not, with the list", async () => {
    const { said, events } = await filled([])
    for (const flags of [
      ["--exclude-kind", "plain"],
      ["--only-kinds", "plaintext,plain"],
    ]) {
      const { code, stderr } = await said("policy", "set", ...flags)
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/no kind of secret "plain"; there are http_bearer, .*, plaintext, /),
      ])
    }
    const asked = await said("what-if", "--exclude-kind", "plain")
    expect(asked.code).toBe(2)
    expect(await events("reuse.policy.changed")).toEqual([])
  })

  it.each([
    ["--min-targets", "1"],
    ["--min-targets", "1000001"],
    ["--attackers-announced", "0"],
  ])("refuses %s %s", async (flag, value) => {
    const { said, events } = await filled([])
    const { code, stderr } = await said("policy", "set", flag, value)
    expect(stderr).toMatch(/the minimum of targets must be 2 to 1,000,000/)
    expect(code).toBe(2)
    expect(await events("reuse.policy.changed")).toEqual([])
  })
})

describe("credtrail findings on one host", () => {
  it("says why there are none, what is nearest, and what to look at", async () => {
    const solo = { decky: "solo", password: "orchid", username: "root" }
    const { said, asked } = await filled([
      solo,
      { ...solo, ip: "192.0.2.2" },
      { ...solo, password: "tulip" },
      { ...solo, password: "tulip" },
      { ...solo, password: "tulip" },
    ])
    const { code, stdout } = await said("findings")
    expect(code).toBe(0)
    expect(stdout).toBe(
      [
        "no findings: no matching credential was tried on enough targets (a decky and a service each)",
        "closest of 2 candidates: •••••• (1-7) with root, tried by 2 attackers on solo (ftp)",
        "list candidates with credtrail findings --min-targets 1 --sort attackers",
        "",
      ].join("\n"),
    )
    expect(await asked("findings")).toMatchObject({
      total: 0,
      nearest: { candidateCount: 2, finding: { state: "candidate", attackerCount: 2 } },
    })
    expect((await said("findings", "--min-targets", "1")).stdout).toContain("solo")
    expect((await said("findings", "--principal", "nobody")).stdout).toBe("no findings\n")
  })
})

describe("names that are not plain", () => {
  it("finds an address in any spelling", async () => {
    const { asked } = await filled(reuse)
    for (const spelling of [ip, "2001:DB8::A", "2001:db8:0:0:0:0:0:a", "[2001:db8::a]:22"]) {
      expect((await asked("credentials", "--attacker", spelling)).total).toBe(1)
      expect((await asked("findings", "--attacker", spelling)).total).toBe(1)
      expect((await asked("attackers", "--attacker", spelling)).total).toBe(1)
    }
    expect((await asked("findings", "--attacker", "192.0.2.1")).total).toBe(0)
  })

  it("finds what was tried without a principal", async () => {
    const { asked } = await filled([...reuse, { ...reuse[0], username: "" }])
    expect((await asked("credentials", "--principal", "")).total).toBe(1)
    expect((await asked("credentials", "--principal", "root")).total).toBe(2)
  })

  it("finds a password by its exact characters", async () => {
    const { asked } = await filled([{ ...reuse[0], password: "Füße-パス-🌷" }])
    expect((await asked("credentials", "--password", "Füße-パス-🌷")).total).toBe(1)
    expect((await asked("credentials", "--password", "Fusse")).total).toBe(0)
    expect((await asked("credentials", "--password", "")).total).toBe(0)
  })
})

describe("credtrail status", () => {
  it("shows log, projection, outbox, dead letters and rejected lines", async () => {
    const { said, asked } = await filled(reuse)
    const status = await asked("status")
    expect(status).toMatchObject({
      log: { layer: "embedded", location: expect.stringMatching(/log\.sqlite$/) },
      projections: [
        { name: "credential-reuse", state: "stopped", error: null, gap: 0, lag: 0 },
        { name: "vectors", gap: 0 },
      ],
      outbox: 0,
      deadLetters: 0,
      rejectedLines: [],
      processes: [],
    })
    expect(status.projections[0].position).toMatch(/^\d+$/)
    const { stdout } = await said("status")
    expect(stdout).toMatch(/PROJECTION +STATE +POSITION +GAP +LAG +ERROR\n/)
    expect(stdout).toMatch(/credential-reuse +stopped +\d+ +0 +0 s\n/)
    expect(stdout).toMatch(/outbox +empty\ndead letters +none\nrejected lines none\n/)
    expect(stdout).toContain("credtrail is not running on this data")
  })
})
