import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { registerProcess, runningProcesses } from "../../../src/infra/processes/ProcessRegistry.ts"
import { runScript } from "../../support/runScript.ts"

const lister = join(import.meta.dirname, "scripts/listProcesses.ts")

const test = (title: string, body: (data: string) => Effect.Effect<void, never, Scope>): void => {
  it(title, async () => {
    const data = mkdtempSync(join(tmpdir(), "credtrail-processes-"))
    try {
      await Effect.runPromise(Effect.scoped(body(data)))
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  })
}

const now = (): number => Date.now()

/** Writes an entry as another process would. */
const writeEntry = (
  data: string,
  pid: number,
  content: unknown = { pid, command: "run", startedAt: 1, actors: [] },
): string => {
  const directory = join(data, "processes")
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${pid}-other.json`)
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
  return file
}

/** The id of a process that has ended. */
const deadPid = Effect.map(runScript(join(import.meta.dirname, "scripts/printOwnId.ts")), Number)

const live = { name: "relay", state: "running", since: 2 }

describe("the process registry", () => {
  test("is empty where no process has ever worked", (data) =>
    Effect.sync(() => {
      expect(runningProcesses(data, now())).toEqual([])
      expect(runningProcesses(join(data, "nowhere"), now())).toEqual([])
    }))

  test("shows the entries of one process as one, each until its scope closes", (data) =>
    Effect.gen(function* () {
      const seen = () => runningProcesses(data, now())
      const rebuilding = { name: "rebuild", state: "rebuilding", since: 5 }
      const service = yield* registerProcess(data, "run", 10)
      yield* service.report([live])
      yield* Effect.scoped(
        Effect.gen(function* () {
          const rebuild = yield* registerProcess(data, "rebuild", 20)
          yield* rebuild.report([rebuilding])
          expect(seen()).toMatchObject([{ command: "run", actors: [live, rebuilding] }])
          yield* service.report([{ ...live, state: "backingOff" }])
          expect(seen()[0]?.actors).toContainEqual(rebuilding)
        }),
      )
      expect(seen()).toMatchObject([{ command: "run", actors: [{ state: "backingOff" }] }])
    }))

  test("shows a process from its registration until its scope closes", (data) =>
    Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const entry = yield* registerProcess(data, "run", 77)
          const self = { pid: process.pid, command: "run", startedAt: 77 }
          expect(runningProcesses(data, now())).toEqual([{ ...self, actors: [] }])
          yield* entry.report([live])
          expect(runningProcesses(data, now())).toEqual([{ ...self, actors: [live] }])
          const broken = { ...live, state: "stopped", error: "it broke" }
          yield* entry.report([broken])
          expect(runningProcesses(data, now())).toEqual([{ ...self, actors: [broken] }])
        }),
      )
      expect(runningProcesses(data, now())).toEqual([])
      expect(readdirSync(join(data, "processes"))).toEqual([])
    }))

  test("is seen by another process", (data) =>
    Effect.gen(function* () {
      const entry = yield* registerProcess(data, "run", 77)
      yield* entry.report([live])
      expect(JSON.parse(yield* runScript(lister, data))).toEqual(runningProcesses(data, now()))
      expect(runningProcesses(data, now())).toHaveLength(1)
    }))

  test("does not show a process that was killed", (data) =>
    Effect.gen(function* () {
      writeEntry(data, yield* deadPid)
      writeEntry(data, process.pid)
      expect(runningProcesses(data, now())).toMatchObject([{ pid: process.pid }])
    }))

  test("does not show a process whose id another program has got since", (data) =>
    Effect.sync(() => {
      const file = writeEntry(data, process.pid)
      expect(runningProcesses(data, now())).toHaveLength(1)
      const lately = new Date(now() - 5 * 60_000) // it may have been stopped, or starved
      utimesSync(file, lately, lately)
      expect(runningProcesses(data, now())).toHaveLength(1)
      const anHourAgo = new Date(now() - 3_600_000)
      utimesSync(file, anHourAgo, anHourAgo)
      expect(runningProcesses(data, now())).toEqual([])
    }))

  test("forgets a process that was killed when another of the same id registers", (data) =>
    Effect.gen(function* () {
      writeEntry(data, process.pid, {
        pid: process.pid,
        command: "run",
        startedAt: 1,
        actors: [live],
      })
      const before = yield* registerProcess(data, "run", 2)
      yield* before.report([live])
      yield* registerProcess(data, "rebuild", 3)
      expect(runningProcesses(data, now())).toEqual([
        { pid: process.pid, command: "run", startedAt: 2, actors: [live] },
      ])
    }))

  test("ignores what is not an entry", (data) =>
    Effect.sync(() => {
      writeEntry(data, process.pid, `{"pid":`)
      expect(runningProcesses(data, now())).toEqual([])
      writeEntry(data, process.pid, { pid: process.pid })
      expect(runningProcesses(data, now())).toEqual([])
      writeFileSync(join(data, "processes", "notes.txt"), "none")
      mkdirSync(join(data, "processes", "directory.json"))
      expect(runningProcesses(data, now())).toEqual([])
    }))

  test("has a deleted or damaged entry again after the next heartbeat", (data) =>
    Effect.gen(function* () {
      const { report } = yield* registerProcess(data, "run", 77)
      yield* report([live])
      const before = runningProcesses(data, now())
      const [name = ""] = readdirSync(join(data, "processes"))
      for (const damage of ["deleted", "overwritten"]) {
        const file = join(data, "processes", name)
        if (damage === "deleted") rmSync(file)
        else writeFileSync(file, "\0".repeat(100))
        expect(runningProcesses(data, now())).toEqual([])
        yield* TestClock.adjust("30 seconds")
        expect(runningProcesses(data, now())).toEqual(before)
      }
    }).pipe(Effect.provide(TestClock.layer())))

  test("does not stop the work of a process that cannot write to it, and warns", (data) =>
    Effect.gen(function* () {
      writeFileSync(join(data, "processes"), "not a directory")
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel} ${message}`))
      yield* Effect.scoped(
        Effect.flatMap(registerProcess(data, "run", 77), (entry) => entry.report([live])),
      ).pipe(Effect.provide(Logger.layer([logger])))
      expect(lines[0]).toContain("Warn cannot write the process registry")
      expect(runningProcesses(data, now())).toEqual([])
      expect(existsSync(join(data, "processes"))).toBe(true)
    }))
})
