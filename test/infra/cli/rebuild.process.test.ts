import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { getPriority } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { beforeAll, describe, expect, it } from "vitest"
import { writeHoneypotLogs } from "../../crash/honeypotLogs.ts"
import { eventually } from "../../support/eventually.ts"
import { runCredtrail, startCredtrail } from "../ingest/runCredtrail.ts"
import { answer, copyOf, ingestFleet, temporary } from "./credtrail.ts"

const patience = 600_000
const directory = temporary()
const data = join(directory, "data")
const hook = join(import.meta.dirname, "../../crash/atStep.ts")
let copies = 0
const copied = (): string => copyOf(data, join(directory, `copy-${copies++}`))

beforeAll(() => ingestFleet(data), patience)

const test = (title: string, body: Effect.Effect<void, unknown, Scope.Scope>): void => {
  it(title, () => Effect.runPromise(Effect.scoped(body)), patience)
}

/** An environment in which the program is sent a signal before a step. */
const at = (signal: NodeJS.Signals, step: number | string) => ({
  NODE_OPTIONS: `--import=${pathToFileURL(hook)}`,
  CREDTRAIL_AT_STEP: `${signal} ${step}`,
})

const rebuild = (place: string, env: Readonly<Record<string, string>> = {}) =>
  runCredtrail(["rebuild", "credential-reuse", "--data", place], { env })

const asked = (...parameters: ReadonlyArray<string>) => Effect.promise(() => answer(...parameters))

const entriesIn = (directory: string): ReadonlyArray<string> =>
  existsSync(directory) ? readdirSync(directory) : []

/** The generations that are there: their directories and files. */
const generationsIn = (place: string): ReadonlyArray<string> =>
  [
    ...(existsSync(join(place, "readmodel.sqlite")) ? ["1"] : []),
    ...entriesIn(join(place, "generations")).filter((name) => /^\d/.test(name)),
  ].toSorted()

describe("credtrail rebuild, in processes of its own", () => {
  test(
    "leaves nothing behind when it is interrupted, at whatever step",
    Effect.gen(function* () {
      const place = copied()
      const findings = yield* asked("findings", "--data", place)
      let step = 1
      while (true) {
        const { code, output, errors } = yield* rebuild(place, at("SIGINT", step))
        // From the switch on there is nothing left to interrupt.
        if (generationsIn(place).length > 1) break
        // A rebuild that takes its time says how far it is.
        const said = errors.split("\n").filter((line) => !line.includes("events/s"))
        expect({ step, code, output, said }).toEqual({
          ...{ step, code: 130, output: "" },
          said: [`at step ${step}`, ""],
        })
        // The file of the lock stays: the lock is the system's, and is gone with its process.
        const left = entriesIn(join(place, "generations"))
        expect(left.filter((name) => name !== "rebuild.lock")).toEqual([])
        expect(readdirSync(join(place, "processes"))).toEqual([])
        step++
      }
      expect(step).toBeGreaterThan(8)
      const { generation, processes } = yield* asked("status", "--data", place)
      expect(generation).toMatchObject({ current: 2, previous: 1 })
      expect(processes).toEqual([])
      expect(yield* asked("findings", "--data", place)).toEqual(findings)
      expect((yield* rebuild(place)).code).toBe(0)
    }),
  )

  test(
    "is the only one at a time, and keeps nobody waiting",
    Effect.gen(function* () {
      const place = copied()
      const findings = yield* asked("findings", "--data", place)
      const first = yield* startCredtrail(["rebuild", "credential-reuse", "--data", place], {
        env: at("SIGSTOP", "COMMIT .*generations/2"),
      })
      yield* eventually(Effect.sync(() => first.errors().includes("at step")))
      for (const command of ["rebuild", "rollback"]) {
        const { code, output, errors } = yield* runCredtrail([command, "--data", place])
        expect({ code, output }).toEqual({ code: 4, output: "" })
        expect(errors).toMatch(
          /^credtrail: another process is rebuilding in .* \(credtrail status shows it\), then run this again\n$/,
        )
      }
      const { generation, processes } = yield* asked("status", "--data", place)
      expect(generation).toMatchObject({ current: 1 })
      expect(processes).toMatchObject([{ pid: first.pid, command: "rebuild" }])
      // The others, on the same processors, go first; as far as this one has not given way itself.
      expect(getPriority(first.pid)).toBe(Math.min(getPriority() + 10, 19))
      expect(yield* asked("findings", "--data", place)).toEqual(findings)
      const identify = ["attackers", "identify", "192.0.2.99", crypto.randomUUID()]
      expect((yield* runCredtrail([...identify, "--data", place])).code).toBe(0)
      first.signal("SIGCONT")
      expect((yield* first.ended).code).toBe(0)
      expect((yield* asked("status", "--data", place)).generation).toMatchObject({ current: 2 })
      expect((yield* runCredtrail(["verify", "--data", place])).code).toBe(0)
    }),
  )

  test(
    "lets nobody write while it switches, and keeps no reader waiting",
    Effect.gen(function* () {
      const place = copied()
      const findings = yield* asked("findings", "--data", place)
      // The first switch makes the registry too.
      for (const live of ["readmodel.sqlite", "generations/2/readmodel.sqlite"]) {
        const switching = yield* startCredtrail(["rebuild", "credential-reuse", "--data", place], {
          env: at("SIGSTOP", "COMMIT .*registry"),
        })
        yield* eventually(Effect.sync(() => switching.errors().includes("at step")))
        const old = new Sqlite(join(place, live), { timeout: 0 })
        expect(() => old.exec("BEGIN IMMEDIATE")).toThrow("database is locked")
        expect(yield* asked("findings", "--data", place)).toEqual(findings)
        switching.signal("SIGCONT")
        expect((yield* switching.ended).code).toBe(0)
        old.exec("BEGIN IMMEDIATE")
        old.close()
        expect(yield* asked("findings", "--data", place)).toEqual(findings)
      }
    }),
  )

  test(
    "is gone on from when it is killed, before or after the switch",
    Effect.gen(function* () {
      const place = copied()
      const findings = yield* asked("findings", "--data", place)
      const killedAt = Effect.fnUntraced(function* (step: string, current: number) {
        const { code, errors } = yield* rebuild(place, at("SIGKILL", step))
        expect({ step, code, errors }).toEqual({
          step,
          code: null,
          errors: expect.stringMatching(/^at step/),
        })
        const { generation } = yield* asked("status", "--data", place)
        expect({ step, current: generation.current }).toEqual({ step, current })
        expect(yield* asked("findings", "--data", place)).toEqual(findings)
        expect((yield* runCredtrail(["verify", "--data", place])).code).toBe(0)
      })
      yield* killedAt("mkdirSync .*generations/2", 1)
      yield* killedAt("COMMIT .*generations/2", 1)
      // What the one before has left is in the way.
      yield* killedAt("rmSync .*generations/2", 1)
      yield* killedAt("COMMIT .*registry", 1)
      expect((yield* rebuild(place)).code).toBe(0)
      expect(generationsIn(place)).toEqual(["1", "2"])
      // With the third, the first has to go.
      yield* killedAt("rmSync .*readmodel", 3)
      expect(generationsIn(place)).toEqual(["1", "2", "3"])
      expect((yield* rebuild(place)).code).toBe(0)
      expect(generationsIn(place)).toEqual(["3", "4"])
    }),
  )

  test(
    "goes on beside a service that takes in a lot, and nothing is announced twice",
    Effect.gen(function* () {
      const [all, logs, place, quiet] = ["all", "logs", "busy", "quiet"].map((name) =>
        join(directory, name),
      ) as [string, string, string, string]
      const files = writeHoneypotLogs(all, 7, 2000).filter(({ path }) => statSync(path).isFile())
      const parts = files.map(({ path, decky }) => ({
        to: join(logs, decky, path.slice(dirname(path).length + 1)),
        lines: readFileSync(path, "utf8").split("\n").slice(0, -1),
      }))
      const write = (from: number, to: number): void => {
        for (const part of parts) {
          mkdirSync(dirname(part.to), { recursive: true })
          const lines = part.lines.slice(from, to)
          if (lines.length > 0) appendFileSync(part.to, `${lines.join("\n")}\n`)
        }
      }
      write(0, 100)
      const service = yield* startCredtrail(["run", logs, "--decky", "{dir}", "--data", place])
      yield* eventually(Effect.sync(() => /ingest .* -> live/.test(service.errors())))
      const longest = Math.max(...parts.map(({ lines }) => lines.length))
      const rebuilds = 4
      for (let round = 0; round < rebuilds; round++) {
        const running = yield* Effect.forkChild(rebuild(place))
        const [from, to] = [round, round + 1].map((n) => 100 + (n * longest) / rebuilds)
        for (let start = from ?? 0; start < (to ?? 0); start += 25) {
          write(start, Math.min(start + 25, to ?? 0))
          yield* Effect.sleep("5 millis")
        }
        const { code, output } = yield* Fiber.join(running)
        expect(code).toBe(0)
        expect(output).toContain(`generation ${round + 2} is current`)
      }
      const isDone = Effect.map(
        asked("status", "--data", place),
        ({ projections, outbox }) =>
          outbox === 0 && projections.every(({ gap }: { gap: number }) => gap === 0),
      )
      yield* eventually(isDone)
      service.signal("SIGTERM")
      yield* service.ended
      const ingest = ["ingest", logs, "--decky", "{dir}", "--data", quiet]
      expect((yield* runCredtrail(ingest)).code).toBe(0)
      const everything = ["--limit", "1000", "--data"]
      const busy = yield* asked("verify", "--data", place)
      expect(busy.announced).toMatchObject({ waiting: 0, wrong: 0 })
      expect(yield* asked("credentials", ...everything, place)).toEqual(
        yield* asked("credentials", ...everything, quiet),
      )
    }),
  )
})
