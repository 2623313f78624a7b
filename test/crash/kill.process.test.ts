import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type DataContents, dataContents } from "./dataContents.ts"
import { type HoneypotLog, writeHoneypotLogs } from "./honeypotLogs.ts"
import {
  type IngestOptions,
  ingest,
  ingestAndKill,
  measuredIngest,
  startIngest,
} from "./ingestProcess.ts"
import { type Random, seeded } from "./random.ts"
import { replay } from "./replay.ts"
import { type StateAfterKill, stateAfterKill } from "./stateAfterKill.ts"
import { differences } from "./streams.ts"

/** One `credtrail ingest`, and how many milliseconds it works when nobody kills it. */
interface Command {
  readonly decky: string
  readonly files: ReadonlyArray<string>
  readonly work: number
}

let directory: string
let logs: ReadonlyArray<HoneypotLog>
/** Each log by itself, one after the other, so that the captures have one order. */
let oneByOne: ReadonlyArray<Command>
let undisturbed: DataContents

const attempts = 2500
const timeout = 1_800_000
const mostKillsInARow = 6
const mostLives = 90

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "credtrail-crash-"))
  logs = writeHoneypotLogs(join(directory, "logs"), 20310506, attempts)
  const commands: Array<Command> = []
  for (const { path, decky } of logs) {
    const options = { data: join(directory, "undisturbed"), decky, files: [path] }
    commands.push({ decky, files: [path], work: await measuredIngest(options) })
  }
  oneByOne = commands
  undisturbed = await dataContents(join(directory, "undisturbed"))
}, timeout)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Kills a command at random moments, at most so often, until it gets through; answers how often. */
const killedUntilDone = async (
  data: string,
  { decky, files, work }: Command,
  most: number,
  random: Random,
): Promise<number> => {
  const options: IngestOptions = { data, decky, files }
  for (let kills = 0; kills < most; kills++) {
    // Short lives too, or the later ones would find nothing left to do. Some end before any work,
    // and some may last longer than alone, since others are at work beside them.
    const part = [0.2, 0.7, 1.4][Math.floor(random() * 3)] ?? 1
    const from = random() < 0.15 ? "start" : "work"
    if (!(await ingestAndKill(options, random() * part * work, from))) return kills
  }
  await ingest(options)
  return most
}

/** Runs commands into new data directories, killing them so often; answers the directories. */
const killedRuns = async (
  name: string,
  commands: ReadonlyArray<Command>,
  times: number,
  random: Random,
): Promise<ReadonlyArray<string>> => {
  const directories: Array<string> = []
  for (let left = times; left > 0; ) {
    const data = join(directory, `${name}-${directories.length}`)
    for (const command of commands) {
      left -= await killedUntilDone(data, command, Math.min(left, mostKillsInARow), random)
    }
    directories.push(data)
  }
  return directories
}

const expectSame = async (data: string, undisturbed: DataContents): Promise<void> => {
  const contents = await dataContents(data)
  expectExactlyOnce(contents)
  expect(differences(contents.streams, undisturbed.streams)).toEqual([])
  expect(contents.readModels).toEqual(undisturbed.readModels)
  expect(contents.rejects).toEqual(undisturbed.rejects)
  expect(contents.vectors).toEqual(undisturbed.vectors)
}

const expectExactlyOnce = ({ events, streams, readModels }: DataContents): void => {
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  for (const [stream, own] of streams) {
    const revisions = own.map((event) => JSON.parse(event).revision)
    expect(revisions, stream).toEqual(own.map((_, n) => n))
    if (!stream.startsWith("reuse-")) continue
    const versions = own.map((event) => JSON.parse(event).data.version)
    expect(versions, stream).toEqual(own.map((_, n) => n + 1))
  }
  const addresses = (type: string) =>
    events
      .filter((event) => event.type === type)
      .map(({ data }) => (data as { readonly attackerIp: string }).attackerIp) // so in both types
  const observed = addresses("attacker.observed")
  expect(observed.toSorted()).toEqual([...new Set(addresses("credential.captured"))].sort())
  expect(readModels.outbox).toEqual([])
  expect(readModels.dead_letters).toEqual([])
}

describe("credtrail ingest, killed at random moments and started again until it gets through", () => {
  it("is given logs that open findings, let them grow, and hold lines that are rejected", () => {
    const ofType = (type: string) => undisturbed.events.filter((event) => event.type === type)
    expect(ofType("credential.captured").length).toBeGreaterThan(0.95 * 4 * attempts)
    expect(ofType("attacker.observed")).toHaveLength(60)
    expect(ofType("credential.reuse.detected").length).toBeGreaterThan(3000)
    expect(undisturbed.rejects.length).toBeGreaterThan(50)
    const kinds = ["cmd_ngram", "cred_list", "session_timing", "ssh_kex"]
    expect(undisturbed.vectors.map(({ kind }) => kind)).toEqual(kinds)
    for (const { vectors } of undisturbed.vectors) expect(vectors).toBeGreaterThan(attempts / 10)
    expectExactlyOnce(undisturbed)
  })

  it.concurrent(
    "leaves the same log, read models, announcements and rejects as when nobody kills it",
    async () => {
      const lanes = await Promise.all(
        [1, 2].map((lane) => killedRuns(`lane-${lane}`, oneByOne, 21, seeded(lane))),
      )
      for (const data of lanes.flat()) await expectSame(data, undisturbed)
    },
    timeout,
  )

  it.concurrent(
    "announces what a replay of its log finds, where one command reads all sources",
    async () => {
      const files = logs.map(({ path }) => path)
      const decky = "{dir}"
      const work = await measuredIngest({ data: join(directory, "all"), decky, files })
      const command = { decky, files, work }
      for (const data of await killedRuns("killed-all", [command], 8, seeded(3))) {
        const contents = await dataContents(data)
        expectExactlyOnce(contents)
        const captures = (streams: DataContents["streams"]) =>
          new Map([...streams].filter(([stream]) => stream.startsWith("capture-")))
        expect(differences(captures(contents.streams), captures(undisturbed.streams))).toEqual([])
        expect(contents.rejects).toEqual(undisturbed.rejects)
        expect(contents.vectors).toEqual(undisturbed.vectors)
        const replayed = await replay(data, join(data, "replayed.sqlite"), contents)
        const announced = contents.events.filter(
          ({ type }) => type === "credential.reuse.detected" || type === "attacker.observed",
        )
        expect(announced.map(({ id }) => String(id)).sort()).toEqual(replayed.announced)
        expect(contents.readModels).toEqual({ ...replayed.readModels, outbox: [] })
      }
    },
    timeout,
  )
})

describe("credtrail ingest, killed at its commits and started again until it gets through", () => {
  let command: Omit<IngestOptions, "data">
  let fewUndisturbed: DataContents

  beforeAll(async () => {
    const [log] = writeHoneypotLogs(join(directory, "few"), 7, 1500)
    if (log === undefined) throw new Error("no log was written")
    command = { decky: log.decky, files: [log.path] }
    const data = join(directory, "few-undisturbed")
    await ingest({ ...command, data })
    fewUndisturbed = await dataContents(data)
  }, timeout)

  /** Answers how often it was killed. */
  const killedLives = async (
    data: string,
    killAt: (life: number) => string,
    onKilled: () => void = () => {},
  ): Promise<number> => {
    const file = join(import.meta.dirname, "killAtCommit.ts")
    for (let life = 1; life < mostLives; life++) {
      const preload = { file, env: { CREDTRAIL_KILL: killAt(life) } }
      const { code, signal, stderr } = await startIngest({ ...command, data, preload }).ended
      if (code === 0) return life - 1
      if (signal !== "SIGKILL") throw new Error(`ingest ended with ${code}: ${stderr}`)
      onKilled()
    }
    throw new Error("it did not get through")
  }

  const inAnyState = (states: ReadonlyArray<StateAfterKill>): StateAfterKill => ({
    appendedNotRecorded: states.some((state) => state.appendedNotRecorded),
    foldedNotRelayed: states.some((state) => state.foldedNotRelayed),
    relayedNotCleared: states.some((state) => state.relayedNotCleared),
  })

  it.concurrent(
    "gets through when no life comes further than one commit",
    async () => {
      const data = join(directory, "after-first")
      const states: Array<StateAfterKill> = []
      const look = () => states.push(stateAfterKill(data))
      const killed = await killedLives(data, () => "after first", look)
      expect(killed).toBeGreaterThan(5)
      expect(inAnyState(states)).toEqual({
        appendedNotRecorded: true,
        foldedNotRelayed: true,
        relayedNotCleared: true,
      })
      await expectSame(data, fewUndisturbed)
    },
    timeout,
  )

  it.concurrent(
    "gets through when every second commit is cut off",
    async () => {
      const data = join(directory, "before-second")
      expect(await killedLives(data, () => "before second")).toBeGreaterThan(3)
      await expectSame(data, fewUndisturbed)
    },
    timeout,
  )

  it.concurrent(
    "gets through when each life comes one commit further than the one before, the making of the files included",
    async () => {
      const data = join(directory, "after-nth")
      expect(await killedLives(data, (life) => `after any ${life}`)).toBeGreaterThan(5)
      await expectSame(data, fewUndisturbed)
    },
    timeout,
  )
})
