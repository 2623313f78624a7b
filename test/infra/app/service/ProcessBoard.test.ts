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
import { describe, expect, it } from "vitest"
import { joinBoard, workingProcesses } from "../../../../src/infra/app/service/ProcessBoard.ts"
import { runScript } from "../../../support/runScript.ts"

const looker = join(import.meta.dirname, "processes/lookAround.ts")

const test = (title: string, body: (data: string) => Effect.Effect<void, never, Scope>): void => {
  it(title, async () => {
    const data = mkdtempSync(join(tmpdir(), "credtrail-board-"))
    try {
      await Effect.runPromise(Effect.scoped(body(data)))
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  })
}

const now = (): number => Date.now()

/** Puts a process on the board that is not this one. */
const put = (
  data: string,
  pid: number,
  said: unknown = { pid, command: "run", startedAt: 1, actors: [] },
): string => {
  const board = join(data, "processes")
  mkdirSync(board, { recursive: true })
  const file = join(board, `${pid}.json`)
  writeFileSync(file, typeof said === "string" ? said : JSON.stringify(said))
  return file
}

/** The id of a process that has ended. */
const deadPid = Effect.map(runScript(join(import.meta.dirname, "processes/ownId.ts")), Number)

const live = { name: "relay", state: "running", since: 2 }

describe("the board of processes", () => {
  test("is empty where nobody has been at work", (data) =>
    Effect.sync(() => {
      expect(workingProcesses(data, now())).toEqual([])
      expect(workingProcesses(join(data, "nowhere"), now())).toEqual([])
    }))

  test("shows side by side what several parts of one process say, and each until its scope closes", (data) =>
    Effect.gen(function* () {
      const seen = () => workingProcesses(data, now())
      const rebuilding = { name: "rebuild", state: "rebuilding", since: 5 }
      const service = yield* joinBoard(data, "run", 10)
      yield* service.report([live])
      yield* Effect.scoped(
        Effect.gen(function* () {
          const rebuild = yield* joinBoard(data, "rebuild", 20)
          yield* rebuild.report([rebuilding])
          expect(seen()).toMatchObject([{ command: "run", actors: [live, rebuilding] }])
          yield* service.report([{ ...live, state: "backingOff" }])
          expect(seen()[0]?.actors).toContainEqual(rebuilding)
        }),
      )
      expect(seen()).toMatchObject([{ command: "run", actors: [{ state: "backingOff" }] }])
    }))

  test("shows a process from when it joins until its scope closes", (data) =>
    Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const board = yield* joinBoard(data, "run", 77)
          const self = { pid: process.pid, command: "run", startedAt: 77 }
          expect(workingProcesses(data, now())).toEqual([{ ...self, actors: [] }])
          yield* board.report([live])
          expect(workingProcesses(data, now())).toEqual([{ ...self, actors: [live] }])
          const broken = { ...live, state: "stopped", error: "it broke" }
          yield* board.report([broken])
          expect(workingProcesses(data, now())).toEqual([{ ...self, actors: [broken] }])
        }),
      )
      expect(workingProcesses(data, now())).toEqual([])
      expect(readdirSync(join(data, "processes"))).toEqual([])
    }))

  test("is seen by another process", (data) =>
    Effect.gen(function* () {
      const board = yield* joinBoard(data, "run", 77)
      yield* board.report([live])
      expect(JSON.parse(yield* runScript(looker, data))).toEqual(workingProcesses(data, now()))
      expect(workingProcesses(data, now())).toHaveLength(1)
    }))

  test("does not show a process that has died without a word", (data) =>
    Effect.gen(function* () {
      put(data, yield* deadPid)
      put(data, process.pid)
      expect(workingProcesses(data, now())).toMatchObject([{ pid: process.pid }])
    }))

  test("does not show a process whose id another program has by now", (data) =>
    Effect.sync(() => {
      const file = put(data, process.pid)
      expect(workingProcesses(data, now())).toHaveLength(1)
      const anHourAgo = new Date(now() - 3_600_000)
      utimesSync(file, anHourAgo, anHourAgo)
      expect(workingProcesses(data, now())).toEqual([])
    }))

  test("passes over what is no process's word", (data) =>
    Effect.sync(() => {
      put(data, process.pid, `{"pid":`)
      expect(workingProcesses(data, now())).toEqual([])
      put(data, process.pid, { pid: process.pid })
      expect(workingProcesses(data, now())).toEqual([])
      writeFileSync(join(data, "processes", "notes.txt"), "none")
      mkdirSync(join(data, "processes", "directory.json"))
      expect(workingProcesses(data, now())).toEqual([])
    }))

  test("does not stop the work of a process that cannot write to it, but warns", (data) =>
    Effect.gen(function* () {
      writeFileSync(join(data, "processes"), "not a directory")
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel} ${message}`))
      yield* Effect.scoped(
        Effect.flatMap(joinBoard(data, "run", 77), (board) => board.report([live])),
      ).pipe(Effect.provide(Logger.layer([logger])))
      expect(lines[0]).toContain("Warn cannot write the board of processes")
      expect(workingProcesses(data, now())).toEqual([])
      expect(existsSync(join(data, "processes"))).toBe(true)
    }))
})
