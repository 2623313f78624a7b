import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rebuildLock } from "../../src/infra/readmodel/rebuild/rebuildLock.ts"
import { canaryLogin } from "../infra/cli/canaryLogin.ts"
import { answer, copyOf, credtrail, ingestFleet, writeLines } from "../infra/cli/credtrail.ts"
import { TestServer } from "../support/eventstoredb/TestServer.ts"
import { eventually } from "../support/eventually.ts"

const patience = 600_000
const directory = mkdtempSync(join(tmpdir(), "credtrail-upgrade-"))
const data = join(directory, "data")
beforeAll(() => ingestFleet(data), patience)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const program = join(import.meta.dirname, "../../src/main.ts")
const fleet = join(import.meta.dirname, "../../sample/fleet")
const byHost = ["--decky", "{dir}"]
const nextVersion = pathToFileURL(join(import.meta.dirname, "nextVersion.ts")).href

/** Starts this version of credtrail, or the next one; whatever becomes of it, it is gone with the scope. */
const start = (version: "this" | "next", args: ReadonlyArray<string>, standStill = false) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const hook = version === "next" ? ["--import", nextVersion] : []
      const child = spawn(process.execPath, [...hook, program, ...args], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, CREDTRAIL_STAND_STILL: standStill ? "yes" : "no" },
      })
      const printed = { stdout: "", stderr: "" }
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => {
          printed[stream] += text
        })
      }
      const closed = once(child, "close")
      return {
        signal: (signal: NodeJS.Signals) => child.kill(signal),
        stderr: () => printed.stderr,
        ended: Effect.promise(async () => {
          await closed
          return { code: child.exitCode, ...printed }
        }),
      }
    }),
    (running) =>
      Effect.suspend(() => {
        running.signal("SIGKILL")
        return running.ended
      }),
  )

const called = (version: "this" | "next", ...args: ReadonlyArray<string>) =>
  Effect.scoped(Effect.flatMap(start(version, args), ({ ended }) => ended))

const says = (running: { readonly stderr: () => string }, text: string) =>
  eventually(
    Effect.sync(() => {
      if (/^credtrail: /m.test(running.stderr())) throw new Error(running.stderr())
      return running.stderr().includes(text)
    }),
  )

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>): void => {
  it.concurrent(title, () => Effect.runPromise(Effect.scoped(Effect.suspend(body))), patience)
}

describe("a new version of credtrail that folds otherwise, in the same tables", () => {
  test("answers from the old read models while it builds its own, and can be gone back from", () =>
    Effect.gen(function* () {
      const place = copyOf(data, join(directory, "read"))
      const questions = [
        ["findings"],
        ["findings", "show", "4e1da8f7"],
        ["findings", "history", "4e1da8f7"],
        ["findings", "--as-of", "2026-03-04", "--by", "event-time"],
        ["why", "4e1da8f7"],
        ["credentials"],
        ["attackers"],
        ["what-if", "--min-targets", "3"],
      ].map((question) => [...question, "--json", "--data", place])
      const ask = (version: "this" | "next") =>
        Effect.forEach(questions, (question) => called(version, ...question))
      const before = yield* Effect.promise(() =>
        Promise.all(questions.map((question) => credtrail(...question))),
      )
      const status = () => Effect.promise(() => answer("status", "--data", place))
      const { log } = yield* status()

      const upgrading = yield* start("next", ["ingest", fleet, ...byHost, "--data", place], true)
      yield* says(upgrading, "standing still")
      const [during, now] = [yield* ask("next"), yield* status()]
      for (const [index, { stdout }] of before.entries()) {
        expect(during[index]).toMatchObject({ code: 0, stdout })
        expect(during[index]?.stderr).toMatch(
          /^warning: the read models were built by an older version of credtrail, .*\n$/,
        )
      }
      expect(now).toMatchObject({
        generation: { current: 1, previous: null },
        processes: [
          { command: "rebuild", actors: [{ name: "credential-reuse", state: "rebuilding" }] },
        ],
      })
      upgrading.signal("SIGCONT")
      expect(yield* upgrading.ended).toMatchObject({ code: 0 })

      const after = yield* ask("next")
      for (const [index, { stdout }] of before.entries()) {
        expect(after[index]).toEqual({ code: 0, stdout, stderr: "" })
      }
      const verified = yield* called("next", "verify", "--data", place)
      expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^generation 2/) })
      const asked = yield* Effect.promise(() => credtrail("findings", "--data", place))
      expect(asked).toMatchObject({ code: 5, stdout: "" })
      expect(asked.stderr).toMatch(/made by a newer version of credtrail .* run credtrail rollback/)

      const back = yield* Effect.promise(() => answer("rollback", "--data", place))
      expect(back).toMatchObject({ generation: 1, previous: 2 })
      expect(yield* Effect.promise(() => credtrail(...(questions[0] ?? [])))).toEqual(before[0])
      expect((yield* status()).log).toEqual(log)
      const forward = yield* called("next", "rollback", "--data", place)
      expect(forward).toMatchObject({ code: 0 })
    }))

  test("lets a service of the old version fold and announce until its own read models are ready", () =>
    Effect.gen(function* () {
      const place = copyOf(data, join(directory, "served"))
      const logs = join(directory, "logs")
      mkdirSync(logs)
      const write = (decky: string): void => {
        const line = JSON.stringify(canaryLogin({ decky, password: "tulip-bulb" }))
        appendFileSync(join(logs, "opencanary.log"), `${line}\n`)
      }
      const announced = (version: "this" | "next") =>
        Effect.map(
          called(
            version,
            ...["tail", "credential.reuse.>", "--from", "start", "--no-follow", "--json"],
            ...["--data", place],
          ),
          ({ stdout }) => stdout.split("\n").filter((line) => line.includes("gate-")).length,
        )
      write("gate-1")
      const service = yield* start("this", ["run", logs, "--data", place])
      yield* says(service, "ingest opencanary.logs: catchingUp -> live")
      const upgrading = yield* start("next", ["rebuild", "--data", place], true)
      yield* says(upgrading, "standing still")
      write("gate-2")
      yield* eventually(Effect.map(announced("this"), (count) => count === 1))
      write("gate-3")
      yield* eventually(Effect.map(announced("this"), (count) => count === 2))
      expect(service.stderr()).not.toContain("newer version")
      upgrading.signal("SIGCONT")
      expect(yield* upgrading.ended).toMatchObject({
        ...{ code: 0, stdout: expect.stringMatching(/^generation 2 is current.*generation 1 is/m) },
      })
      write("gate-4")
      yield* eventually(Effect.sync(() => service.stderr().includes("made by a newer version")))
      service.signal("SIGTERM")
      yield* service.ended
      const next = yield* start("next", ["run", logs, "--data", place])
      yield* eventually(Effect.map(announced("next"), (count) => count === 3))
      next.signal("SIGTERM")
      yield* next.ended
      const { code } = yield* called("next", "verify", "--data", place)
      expect(code).toBe(0)
      const back = yield* Effect.promise(() => answer("rollback", "--data", place))
      expect(back).toMatchObject({ generation: 1 })
      expect((yield* called("this", "verify", "--data", place)).code).toBe(0)
    }))

  test("follows files and fingerprints while its read models are not there yet", () =>
    Effect.gen(function* () {
      const place = copyOf(data, join(directory, "followed"))
      const logs = join(directory, "followed-logs")
      mkdirSync(logs)
      const write = (decky: string): void => {
        const line = JSON.stringify(canaryLogin({ decky, password: "tulip-bulb" }))
        appendFileSync(join(logs, "opencanary.log"), `${line}\n`)
      }
      write("gate-1")
      const lines = (...args: ReadonlyArray<string>) =>
        Effect.map(called("next", ...args, "--data", place), ({ stdout }) => stdout.split("\n"))
      const captured = Effect.map(
        lines("tail", "credential.captured", "--from", "start", "--no-follow"),
        (events) => events.filter((line) => line.includes("gate-")).length,
      )
      const atWork = yield* Scope.make()
      yield* Scope.provide(rebuildLock(place), atWork)
      const service = yield* start("next", ["run", logs, "--data", place])
      yield* says(service, "waiting: cannot rebuild the read models: another process")
      write("gate-2")
      yield* eventually(Effect.map(captured, (count) => count === 2))
      expect(yield* lines("findings", "--password", "tulip-bulb")).toContain("no findings")
      yield* Scope.close(atWork, Exit.void)
      yield* says(service, "has taken over")
      yield* eventually(
        Effect.map(lines("findings", "--password", "tulip-bulb"), (found) =>
          found.includes("1-1 of 1"),
        ),
      )
      service.signal("SIGTERM")
      expect(yield* service.ended).toMatchObject({ code: 130 })
      expect((yield* called("next", "verify", "--data", place)).code).toBe(0)
    }))

  test("waits for a server that goes away before its read models are there", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => TestServer.start()),
        (started) => Effect.promise(() => started.stop()),
      )
      const place = join(directory, "on-server")
      const log = writeLines(
        join(directory, "on-server.log"),
        ["gate-1", "gate-2"].map((decky) => canaryLogin({ decky, password: "tulip-bulb" })),
      )
      const on = (url: string) => ["--data", place, "--eventstore", url]
      const ingested = yield* called("this", "ingest", log, ...on(server.connectionString))
      expect(ingested).toMatchObject({ code: 0 })
      const atWork = yield* Scope.make()
      yield* Scope.provide(rebuildLock(place), atWork)
      // A call to a server that is away takes as long as this.
      const url = `${server.connectionString}&defaultDeadline=2000`
      const service = yield* start("next", ["run", log, ...on(url)])
      yield* says(service, "waiting: cannot rebuild the read models: another process")
      yield* Effect.promise(() => server.down())
      yield* Scope.close(atWork, Exit.void)
      // Now for the log, and no longer for the other rebuild.
      const waitsForLog = Effect.sync(() => /waiting: cannot (?!rebuild)/.test(service.stderr()))
      yield* eventually(waitsForLog)
      yield* Effect.promise(() => server.up())
      yield* says(service, "has taken over")
      service.signal("SIGTERM")
      expect(yield* service.ended).toMatchObject({ code: 130 })
    }))
})
