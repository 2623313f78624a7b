import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { isDeepStrictEqual, promisify } from "node:util"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Capture } from "../src/domain/capture/capture.ts"
import { decodeEvent } from "../src/domain/event/codec.ts"
import { sha256Hex } from "../src/domain/event/digest.ts"
import type { DecodedEvent } from "../src/domain/event/events.ts"
import { beginning } from "../src/domain/event/position.ts"
import { EventLog } from "../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { fileOf } from "../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { SecretKeys } from "../src/infra/secrets/SecretKeys.ts"
import { SecretVault } from "../src/infra/secrets/SecretVault.ts"
import { contentsOfFile } from "./infra/readmodel/readModelContents.ts"
import { foldBatches } from "./projections/foldBatches.ts"
import { batchesOf } from "./projections/histories.ts"
import { reuseState } from "./projections/tables.ts"
import { NaiveModel } from "./reference/NaiveModel.ts"
import { byText, type KeyState, type ReuseState } from "./reference/ReuseState.ts"

// Every figure below was counted by other means, without this project's code: docs/reference/real-logs.md
// says how, and where and why the two counts differ on purpose. `captures` and `findings` are
// SHA-256 digests of all of them, line by line, as that count has them.
interface Figures {
  /** Physical lines of the files that are logs of a known format. */
  readonly lines: number
  readonly unknownFiles: ReadonlyArray<string>
  readonly duplicates: number
  readonly rejected: Readonly<Record<string, number>>
  readonly services: Readonly<Record<string, number>>
  readonly withoutSecret: number
  readonly withEmptySecret: number
  readonly addresses: number
  /** Distinct (secret, principal), those without a secret and with an empty one among them. */
  readonly keys: number
  readonly captures: string
  /** Events of a public key that was offered: not in the count of passwords that the rest is. */
  readonly publicKeys?: number
  readonly findingCount: number
  readonly findings: string
}
const nothingRejected = {}
const noFindings = { findingCount: 0, findings: sha256Hex(new Uint8Array()) }

const figures: Readonly<Record<string, Figures>> = {
  "axiom-tpot-2022": {
    lines: 1516,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { ssh: 205, telnet: 17 },
    withoutSecret: 0,
    withEmptySecret: 1,
    addresses: 19,
    keys: 208,
    captures: "acdf8d29dbd5fd750372616a230aeb8d3162bb82303ef54c3931bdb83d4ae2ee",
    publicKeys: 2,
    ...noFindings,
  },
  // Daily aggregates of three sensors, pretty-printed: no log, so nothing of them is read.
  "deroux-3sensors-aggregated": {
    lines: 0,
    unknownFiles: [
      "104.248.245.133_reduced.json",
      "104.248.253.142_reduced.json",
      "104.248.253.81_reduced.json",
    ],
    duplicates: 0,
    rejected: nothingRejected,
    services: {},
    withoutSecret: 0,
    withEmptySecret: 0,
    addresses: 0,
    keys: 0,
    captures: sha256Hex(new Uint8Array()),
    ...noFindings,
  },
  // 195,294 lines but the 43 and 560 of the two unknown files. The 504 rows of Heralding's auth CSV
  // stand in its session JSON too. Without a secret: 59,707 as counted, and 5 of Dionaea's mysqld,
  // which logs an empty password whatever was sent; these are missing from the 19 empty ones, and
  // make the key (no secret, root). One password that Cowrie wrote as a Python bytes literal is
  // counted as the bytes it stands for.
  "istec-tpot-2022": {
    lines: 194_691,
    unknownFiles: ["mailoney.commands.log", "redishoneypot.log"],
    duplicates: 504,
    rejected: nothingRejected,
    services: { vnc: 70_486, ssh: 6145, telnet: 44, mssql: 31, mysql: 5, ftp: 5, socks5: 1 },
    withoutSecret: 59_712,
    withEmptySecret: 14,
    addresses: 325,
    keys: 10_139,
    captures: "b7a1528defcbaf822ff07a4188655a22d9aaaaf15946f48c0769e55ecd16e407",
    publicKeys: 1,
    findingCount: 7,
    findings: "202074d4e01b7fc4ba61fca13fdded363ffdd844b1e994533ce346a71fc7f9dd",
  },
  "kareiva-cowrie-2018": {
    lines: 42_619,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { ssh: 7228 },
    withoutSecret: 0,
    withEmptySecret: 86,
    addresses: 490,
    keys: 1607,
    captures: "fd59094c8c5a32655701b128ad3fa5f1e20fd4477219364146cfe06ed047cd43",
    ...noFindings,
  },
  "muzi-heralding-2025": {
    lines: 9388,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { telnet: 2941, postgresql: 16, ssh: 13, ftp: 2 },
    withoutSecret: 0,
    withEmptySecret: 98,
    addresses: 81,
    keys: 377,
    captures: "7e44d59b42040620965f1ee7f09cc4cb150e6d65c49d4b99474634ef49553161",
    findingCount: 2,
    findings: "02147c1d3335c61694e0dd5561f191f17cc06c8585485c5270a0e6bf422a0450",
  },
  // One attempt whose user name holds line feeds is four lines that mean nothing: 14007 to 14010.
  "notnanook-sshhoneypot-2022": {
    lines: 14_431,
    unknownFiles: [],
    duplicates: 0,
    rejected: { "cut-line": 1, "not-a-record": 3 },
    services: { ssh: 14_418 },
    withoutSecret: 0,
    withEmptySecret: 188,
    addresses: 615,
    keys: 10_455,
    captures: "4fe18cfcb9590a320a2dc60e188533f3b537e9fc21bb2d0dab70059908f88709",
    ...noFindings,
  },
  "prabhath-cowrie-2026": {
    lines: 119,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { ssh: 4 },
    withoutSecret: 0,
    withEmptySecret: 0,
    addresses: 1,
    keys: 2,
    captures: "4b6fb16c92f160f7c442651b7ca61f9191d2435bef0949120f035403a11aff2a",
    ...noFindings,
  },
  "samples-lab": {
    lines: 2584,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { ssh: 1824 },
    withoutSecret: 0,
    withEmptySecret: 0,
    addresses: 2,
    keys: 1690,
    captures: "00820d9d7d3a485fdc2a1aa02798be1316ae6c6c252b31bef9e00aac8e4db414",
    ...noFindings,
  },
  "samples-mit": {
    lines: 149,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { telnet: 15, ssh: 7, unknown: 1 },
    withoutSecret: 0,
    withEmptySecret: 7,
    addresses: 6,
    keys: 18,
    captures: "20ff4df1fbe8eaf0006e5358990ce9ee77a16b9c7a1adfc79e379fe0b80c84e4",
    ...noFindings,
  },
  "samples-opencanary": {
    lines: 45,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: {},
    withoutSecret: 0,
    withEmptySecret: 0,
    addresses: 0,
    keys: 0,
    captures: sha256Hex(new Uint8Array()),
    ...noFindings,
  },
  // Without a secret: 22 as counted, and 75 of Dionaea's mysqld, missing from the 144 empty ones.
  "uqo-tpot-2025": {
    lines: 30_813,
    unknownFiles: [],
    duplicates: 0,
    rejected: nothingRejected,
    services: { mssql: 99, postgresql: 80, mysql: 75, ftp: 72, vnc: 66 },
    withoutSecret: 97,
    withEmptySecret: 69,
    addresses: 148,
    keys: 61,
    captures: "efb8d6db52fb009a749f8d3ca0e7e73dc25f7c76c2e56c244ea6c7a7abedeb34",
    ...noFindings,
  },
}

// All folders into one: a decky each. By targets: how many findings are on so many targets.
// The captures are the 103,800 of the count and the 3 public keys.
const overAll = {
  captures: 103_803,
  findingCount: 1407,
  byTargets: { 2: 1258, 3: 100, 4: 33, 5: 11, 6: 2, 7: 1, 8: 2 },
  onOneDecky: 1,
  findings: "abf4b642861516953b3d3926227370c4dd2521d4406f4cf8fe0eed1f60d0bb6b",
}

const logs = resolve(import.meta.dirname, "../../shared/data")
const missing = !existsSync(logs)
const title = missing ? `the real logs (skipped: there is no ${logs})` : "the real logs"

interface Summary {
  readonly lines: number
  readonly captures: number
  readonly duplicates: number
  readonly rejectedByReason: Readonly<Record<string, number>>
  readonly unknownFiles: ReadonlyArray<string>
}

describe.skipIf(missing)(title, () => {
  const folders = Object.entries(figures)
  const summaries = new Map<string, Summary>()
  let data = ""
  let events: ReadonlyArray<DecodedEvent> = []

  const capturesOf = (folder: string) =>
    events.filter((event) => event.type === "credential.captured" && event.data.decky === folder)

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "credtrail-real-logs-"))
    for (const [folder] of folders) summaries.set(folder, await ingest(data, folder))
    events = await Effect.runPromise(eventsOf(data))
    await Effect.runPromise(openVault(events, data))
  }, 600_000)
  afterAll(() => rmSync(data, { recursive: true, force: true }))

  it.each(folders)("of %s are read as they were counted", (folder, expected) => {
    const summary = summaries.get(folder)
    expect({
      lines: summary?.lines,
      captures: summary?.captures,
      duplicates: summary?.duplicates,
      rejected: summary?.rejectedByReason,
      unknownFiles: summary?.unknownFiles.map((path) => path.replace(`${logs}/${folder}/`, "")),
    }).toEqual({
      lines: expected.lines,
      captures: Object.values(expected.services).reduce(
        (total, count) => total + count,
        expected.publicKeys ?? 0,
      ),
      duplicates: expected.duplicates,
      rejected: expected.rejected,
      unknownFiles: expected.unknownFiles,
    })
  })

  it.each(folders)("of %s hold the captures that were counted", (folder, expected) => {
    const all = capturesOf(folder).map(captureOf)
    const captures = all.filter(({ secret }) => secret?.kind !== "ssh_public_key")
    expect(all.length - captures.length).toBe(expected.publicKeys ?? 0)
    const services: Record<string, number> = {}
    for (const { service } of captures) services[service] = (services[service] ?? 0) + 1
    expect({
      services,
      withoutSecret: captures.filter(({ secret }) => secret === null).length,
      withEmptySecret: captures.filter(({ secret }) => secret?.lengthClass === "0").length,
      addresses: new Set(captures.map(({ attackerIp }) => attackerIp)).size,
      keys: new Set(
        captures.map((capture) => `${capture.secret?.digest}\t${capture.principal ?? ""}`),
      ).size,
    }).toEqual({
      services: expected.services,
      withoutSecret: expected.withoutSecret,
      withEmptySecret: expected.withEmptySecret,
      addresses: expected.addresses,
      keys: expected.keys,
    })
    expect(digestOf(captures.map(captureLine))).toBe(expected.captures)
  })

  it.each(folders)("of %s come to the findings that were counted", (folder, expected) => {
    const captures = capturesOf(folder)
    const state = reuseState(foldBatches(batchesOf(captures, [5000])))
    const open = state.keys.filter(({ version }) => version > 0)
    expect(open).toHaveLength(expected.findingCount)
    expect(digestOf(open.map(findingLine))).toBe(expected.findings)
    expectEqual(state, naiveState(captures))
  })

  it("together come to the findings that were counted", () => {
    const open = stateOnDisk(data).keys.filter(({ version }) => version > 0)
    const byTargets: Record<number, number> = {}
    for (const { targetCount } of open) byTargets[targetCount] = (byTargets[targetCount] ?? 0) + 1
    const deckies = open.map(({ targets }) => new Set(targets.map(({ decky }) => decky)).size)
    expect({
      captures: events.filter(({ type }) => type === "credential.captured").length,
      findingCount: open.length,
      byTargets,
      onOneDecky: deckies.filter((count) => count === 1).length,
      findings: digestOf(open.map(findingLine)),
    }).toEqual(overAll)
  })

  it("together come to what the naive model says, and it is what was announced in the log", () => {
    const expected = naiveState(events)
    const announced = events
      .filter(({ type }) => type === "attacker.observed" || type === "credential.reuse.detected")
      .map(({ type, data: said, recorded: { id, metadata } }) => ({
        type,
        eventId: id,
        data: said,
        metadata,
      }))
    const said = expected.said.map(({ type, eventId, data: say, metadata }) => ({
      type,
      eventId,
      data: say,
      metadata,
    }))
    expectAllEqual(announced.sort(byEventId), said.sort(byEventId))
    expectEqual(stateOnDisk(data), { ...expected, said: [] })
  })

  it("together come to the same when they are folded again, row by row", async () => {
    const rebuilt = await credtrail("rebuild", "credential-reuse", "--data", data)
    expect(rebuilt).toMatchObject({ generation: 2, previous: 1, events: overAll.captures })
    const verified = await credtrail("verify", "--data", data)
    expect(verified.announced).toMatchObject({ waiting: 0, wrong: 0 })
    const [one, two] = [1, 2].map((no) => contentsOfFile(fileOf(data, no)))
    for (const table of Object.keys(one ?? {})) {
      expectAllEqual(two?.[table] ?? [], one?.[table] ?? [])
    }
  }, 300_000)
})

const run = promisify(execFile)

/** What credtrail says as JSON. */
const credtrail = async (...parameters: ReadonlyArray<string>) => {
  const main = resolve(import.meta.dirname, "../src/main.ts")
  const { stdout } = await run(process.execPath, [main, ...parameters, "--json"], {
    timeout: 300_000,
  })
  return JSON.parse(stdout)
}

// The count took a folder for one host, whatever its logs call theirs.
const ingest = (data: string, folder: string): Promise<Summary> =>
  credtrail("ingest", "--data", data, "--decky", folder, join(logs, folder))

const eventsOf = (data: string) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const events: Array<DecodedEvent> = []
    let from = beginning
    for (;;) {
      const page = yield* log.readAll({ direction: "forwards", from, limit: 5000 })
      for (const recorded of page) {
        const decoded = yield* Effect.fromResult(decodeEvent(recorded))
        if (decoded !== undefined) events.push(decoded)
      }
      const last = page.at(-1)
      if (last === undefined) return events
      from = last.position
    }
  }).pipe(
    Effect.provide(layerEmbedded({ file: join(data, "log.sqlite"), mode: "read-only" })),
    Effect.scoped,
  )

const stateOnDisk = (data: string): ReuseState => {
  const db = new Sqlite(join(data, "readmodel.sqlite"), { readonly: true })
  try {
    return reuseState(db)
  } finally {
    db.close()
  }
}

const naiveState = (events: ReadonlyArray<DecodedEvent>): ReuseState => {
  const model = new NaiveModel()
  for (const event of events) model.add(event)
  return model.state()
}

const captureOf = (event: DecodedEvent): Capture => {
  if (event.type !== "credential.captured") throw new Error("it is a capture")
  return event.data
}

const captureLine = ({ decky, service, observedAt, attackerIp, principal, secret }: Capture) =>
  [
    decky,
    service,
    observedAt,
    attackerIp,
    principal ?? "",
    secret === null ? "" : sha256Of(secret.digest),
  ].join("\t")

const findingLine = (key: KeyState): string =>
  [
    key.secretDigest === "" ? "" : sha256Of(key.secretDigest),
    key.principal,
    key.targets
      .map(({ decky, service, attemptCount }) => `${decky}/${service} ${attemptCount}`)
      .sort()
      .join(","),
    key.attackerCount,
    key.attemptCount,
    key.firstSeen,
    key.lastSeen,
  ].join("\t")

// The independent count knows secrets by their plain SHA-256, which only the vault can still tell.
const sha256ByDigest = new Map<string, string>()
const sha256Of = (digest: string): string => {
  const sha256 = sha256ByDigest.get(digest)
  if (sha256 === undefined) throw new Error(`the vault does not hold ${digest}`)
  return sha256
}

const openVault = (events: ReadonlyArray<DecodedEvent>, directory: string) =>
  Effect.gen(function* () {
    const { read } = yield* SecretKeys
    const layer = SecretVault.layer({ file: join(directory, "secrets.sqlite"), keys: yield* read })
    yield* Effect.gen(function* () {
      const vault = yield* SecretVault
      for (const event of events) {
        const secret = event.type === "credential.captured" ? event.data.secret : null
        if (secret === null || sha256ByDigest.has(secret.digest)) continue
        const opened = yield* vault.open(secret.digest)
        if (typeof opened === "string") throw new Error(`${secret.digest} is ${opened}`)
        sha256ByDigest.set(secret.digest, sha256Hex(opened.bytes))
      }
    }).pipe(Effect.provide(layer))
  }).pipe(
    Effect.provide(SecretKeys.layer({ kind: "file", file: process.env.CREDTRAIL_KEY_FILE ?? "" })),
    Effect.scoped,
  )

const digestOf = (lines: ReadonlyArray<string>): string =>
  createHash("sha256")
    .update([...lines].sort().join("\n"))
    .digest("hex")

const byEventId = (a: { readonly eventId: string }, b: { readonly eventId: string }) =>
  byText(a.eventId, b.eventId)

const expectEqual = (actual: ReuseState, expected: ReuseState): void => {
  expectAllEqual(actual.keys, expected.keys)
  expectAllEqual(actual.credentials, expected.credentials)
  expectAllEqual(actual.attackers, expected.attackers)
  expectAllEqual(actual.said, expected.said)
}

// Of a hundred thousand rows the first that differ are shown, and none that do not.
const expectAllEqual = (actual: ReadonlyArray<unknown>, expected: ReadonlyArray<unknown>): void => {
  for (const [n, one] of expected.entries()) {
    if (!isDeepStrictEqual(actual[n], one)) expect(actual[n]).toEqual(one)
  }
  expect(actual).toHaveLength(expected.length)
}
