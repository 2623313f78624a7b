import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { afterAll, describe, expect, it } from "vitest"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { reuseKeyOf } from "../../src/domain/finding/reuseKey.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { bindKeys } from "../../src/infra/secrets/bindKeys.ts"
import { SecretKeys } from "../../src/infra/secrets/SecretKeys.ts"
import { answer, credtrail } from "../infra/cli/credtrail.ts"
import { append, captures, rewrite, wholeLog } from "../infra/readmodel/logEvents.ts"
import { contentsOfFile } from "../infra/readmodel/readModelContents.ts"
import { eventually } from "../support/eventually.ts"
import { eventAt } from "./streams.ts"

const patience = 600_000
const directory = mkdtempSync(join(tmpdir(), "credtrail-quarantine-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const program = join(import.meta.dirname, "../../bin/credtrail")
const killer = pathToFileURL(join(import.meta.dirname, "killAtCommit.ts")).href

/** A credtrail in a process of its own, killed at a commit if that is said; gone with the scope. */
const start = (args: ReadonlyArray<string>, kill?: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(program, args, {
        stdio: ["ignore", "ignore", "pipe"],
        env: {
          ...process.env,
          ...(kill === undefined
            ? {}
            : { CREDTRAIL_KILL: kill, NODE_OPTIONS: `--import=${killer}` }),
        },
      })
      const printed = { stderr: "" }
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        printed.stderr += text
      })
      const closed = once(child, "close")
      return {
        signal: (signal: NodeJS.Signals) => child.kill(signal),
        hasEnded: () => child.exitCode !== null || child.signalCode !== null,
        ended: Effect.promise(async () => {
          await closed
          return { code: child.exitCode, signal: child.signalCode, ...printed }
        }),
      }
    }),
    (running) =>
      Effect.suspend(() => {
        running.signal("SIGKILL")
        return running.ended
      }),
  )

/** A log in which one event, the poison, was written by a broken writer; and what is to follow it. */
const history = () => {
  const events = captures(240)
  const poison = events[50]
  if (poison?.type !== "credential.captured") throw new Error("a capture was expected")
  const key = JSON.stringify(reuseKeyOf(poison.data))
  const isOfKey = (event: DecodedEvent): boolean =>
    event.type === "credential.captured" && JSON.stringify(reuseKeyOf(event.data)) === key
  const waiting = (count: number) => events.slice(50, count).filter(isOfKey).length
  const { recorded, data } = poison
  return { events, id: recorded.id, sound: data, broken: { ...data, observedAt: "never" }, waiting }
}

/** Makes the log of a data directory, of the keys that all tests have. */
const bound = (data: string) =>
  bindKeys.pipe(
    Effect.provide(SecretKeys.layer({ kind: "file", file: process.env.CREDTRAIL_KEY_FILE ?? "" })),
    Effect.provide(layerEmbedded({ file: join(data, "log.sqlite") })),
  )

const written = (data: string, events: ReadonlyArray<DecodedEvent>) =>
  append(events).pipe(Effect.provide(layerEmbedded({ file: join(data, "log.sqlite") })))

const eventsOf = (data: string) =>
  wholeLog.pipe(
    Effect.provide(layerEmbedded({ file: join(data, "log.sqlite"), mode: "read-only" })),
  )

const asked = (...args: ReadonlyArray<string>) => Effect.promise(() => answer(...args))

/** Waits until everything is folded, and announced where it is to be. */
const upToDate = (data: string) =>
  eventually(
    Effect.promise(async () => {
      // A process that has just begun may still be making its files.
      const { code, stdout } = await credtrail("status", "--json", "--data", data)
      if (code !== 0) return false
      const { projections, outbox } = JSON.parse(stdout)
      return projections[0].gap === 0 && outbox === 0
    }),
  )

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope>): void => {
  it.concurrent(title, () => Effect.runPromise(Effect.scoped(Effect.suspend(body))), patience)
}

const made = (name: string): string => {
  const data = join(directory, name)
  mkdirSync(data, { mode: 0o700 })
  return data
}

/** That the read models, and what was announced, are those of the log as it is now. */
const expectClean = Effect.fnUntraced(function* (data: string) {
  expect(yield* Effect.promise(() => credtrail("verify", "--data", data))).toMatchObject({
    code: 0,
  })
  const clean = made(`${data.split("/").at(-1)}-clean`)
  cpSync(join(data, "log.sqlite"), join(clean, "log.sqlite"))
  yield* asked("rebuild", "credential-reuse", "--data", clean)
  const findings = ["findings", "--limit", "1000", "--min-targets", "1"]
  expect(yield* asked(...findings, "--data", data)).toEqual(
    yield* asked(...findings, "--data", clean),
  )
  // A clean fold announces nothing that is not there.
  expect((yield* eventsOf(clean)).length).toBe((yield* eventsOf(data)).length)
})

describe("credtrail run --on-poison quarantine", () => {
  test("sets the key of a poison event aside, lives through a kill, and is as if nothing had been", () =>
    Effect.gen(function* () {
      const data = made("served")
      const { events, id, sound, broken, waiting } = history()
      yield* bound(data)
      yield* written(data, events.slice(0, 100))
      yield* rewrite(data, id, JSON.stringify(broken))
      const run = ["run", "--data", data, "--on-poison", "quarantine"]
      const first = yield* start(run)
      yield* upToDate(data)

      const status = yield* asked("status", "--data", data)
      expect(status).toMatchObject({ deadLetters: 1, quarantined: 1 })
      expect(status.projections[0]).toMatchObject({ state: "live", error: null })
      const { total, deadLetters } = yield* asked("dead-letters", "--data", data)
      expect({ total, deadLetters }).toMatchObject({
        total: 1,
        deadLetters: [{ eventId: id, retried: false, behind: waiting(100) - 1 }],
      })
      const finding = deadLetters[0].findingId
      const told = yield* Effect.promise(() => credtrail("findings", "--data", data))
      expect(told.stderr).toContain(`finding ${finding} is quarantined`)
      const shown = () => asked("dead-letters", "show", id, "--data", data)
      expect(yield* shown()).toMatchObject({
        problem: expect.stringContaining("observedAt"),
        waiting: waiting(100),
        quarantine: { findingId: finding },
      })
      const page = yield* Effect.promise(() =>
        credtrail("dead-letters", "show", id, "--data", data),
      )
      expect(page.stdout).toMatch(/\nreason +[^\n]* at \["observedAt"\]/)
      expect(page.stdout).not.toContain("\\x0a")
      const still = yield* asked("findings", "show", finding, "--data", data)

      yield* written(data, events.slice(100, 140))
      yield* upToDate(data)
      first.signal("SIGKILL")
      yield* first.ended
      yield* written(data, events.slice(140, 180))
      // What is in quarantine stays there, whatever is to happen to the next one.
      const second = yield* start(["run", "--data", data])
      yield* upToDate(data)
      expect(yield* shown()).toMatchObject({ waiting: waiting(180) })
      expect(yield* asked("findings", "show", finding, "--data", data)).toEqual(still)
      expect(yield* asked("dead-letters", "retry", "--data", data)).toEqual({
        ...{ folded: 0, left: waiting(180), released: 0 },
      })
      expect((yield* Effect.promise(() => credtrail("verify", "--data", data))).code).toBe(0)

      yield* rewrite(data, id, JSON.stringify(sound))
      expect(yield* shown()).toMatchObject({ problem: null })
      expect(yield* asked("dead-letters", "retry", "--data", data)).toEqual({
        ...{ folded: waiting(180), left: 0, released: 1 },
      })
      yield* written(data, events.slice(180))
      yield* upToDate(data)
      expect(yield* asked("status", "--data", data)).toMatchObject({
        ...{ deadLetters: 1, quarantined: 0, outbox: 0 },
      })
      second.signal("SIGTERM")
      expect(yield* second.ended).toMatchObject({ code: 130 })
      yield* expectClean(data)
    }))

  for (const moment of ["before", "after"]) {
    test(`comes to the same when it is killed ${moment} each of its commits, and so does a retry`, () =>
      Effect.gen(function* () {
        const { events, id, sound, broken } = history()
        const parts = [events.slice(0, 100), events.slice(100, 170), events.slice(170)]

        /** Runs it on each part of the log, killed or not; answers how often it was. */
        const lived = Effect.fnUntraced(function* (data: string, isKilled: boolean) {
          let kills = 0
          const run = ["run", "--data", data, "--on-poison", "quarantine"]
          yield* bound(data)
          for (const [n, part] of parts.entries()) {
            yield* written(data, part)
            if (n === 0) yield* rewrite(data, id, JSON.stringify(broken))
            for (let commit = 1; ; commit++) {
              const got = yield* Effect.scoped(
                Effect.gen(function* () {
                  const running = yield* start(
                    run,
                    isKilled ? `${moment} any ${commit}` : undefined,
                  )
                  yield* Effect.raceFirst(eventually(Effect.sync(running.hasEnded)), upToDate(data))
                  if (!running.hasEnded()) running.signal("SIGTERM")
                  return yield* running.ended
                }),
              )
              if (got.signal !== "SIGKILL") break
              kills++
            }
          }
          return kills
        })
        const contents = Effect.fnUntraced(function* (data: string) {
          return contentsOfFile(join(data, "readmodel.sqlite"), eventAt(yield* eventsOf(data)))
        })

        const [undisturbed, killed] = [made(`undisturbed-${moment}`), made(`killed-${moment}`)]
        yield* lived(undisturbed, false)
        expect(yield* lived(killed, true)).toBeGreaterThan(5)
        expect(yield* contents(killed)).toEqual(yield* contents(undisturbed))

        yield* rewrite(killed, id, JSON.stringify(sound))
        let kills = 0
        for (let commit = 1; ; commit++) {
          const retry = ["dead-letters", "retry", "--data", killed]
          const { ended } = yield* start(retry, `${moment} any ${commit}`)
          const { code, signal, stderr } = yield* ended
          if (signal !== "SIGKILL") {
            expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
            break
          }
          kills++
        }
        expect(kills).toBeGreaterThan(1)
        yield* expectClean(killed)
      }))
  }
})
