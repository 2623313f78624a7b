import { spawnSync } from "node:child_process"
import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { beforeAll, describe, expect, it } from "vitest"
import { eventually } from "../../support/eventually.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, ingestFleet, temporary } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")
const bin = join(import.meta.dirname, "../../../bin/credtrail")
beforeAll(() => ingestFleet(data))

/** What a line of shell comes to, in which `$0` is credtrail. */
const shell = (line: string, env: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line, bin], {
    cwd: directory,
    env: { ...process.env, CREDTRAIL_DATA: data, ...env },
    encoding: "utf8",
    timeout: 30_000,
    maxBuffer: 1 << 28,
  })
  return { code: status, stdout, stderr }
}

const test = (title: string, body: Effect.Effect<void, unknown, Scope.Scope>): void => {
  it.concurrent(title, () => Effect.runPromise(Effect.scoped(body)))
}

describe("the program", () => {
  it("prints all of a long answer into a pipe that is read slowly", () => {
    const { code, stdout } = shell("$0 credentials --limit 1000 --json | (sleep 0.3; cat)")
    expect(code).toBe(0)
    expect(JSON.parse(stdout).credentials.length).toBe(1000)
  })

  it("prints all of a long log into a pipe that is read slowly", async () => {
    const { head } = (await answer("status", "--data", data)).log
    const { stdout } = shell("$0 tail '>' --from start --no-follow --json | (sleep 0.3; tail -n 1)")
    expect(JSON.parse(stdout).position).toBe(head)
  })

  it("ends quietly when its reader has gone", () => {
    for (const command of [
      "findings",
      "tail '>' --from start",
      "credentials --limit 1000 --json",
    ]) {
      const { code, stdout, stderr } = shell(`$0 ${command} | head -n 1; exit \${PIPESTATUS[0]}`)
      expect(stdout.split("\n").length, command).toBe(2)
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    }
  })

  it.skipIf(process.platform !== "linux")("fails where its output cannot be written", () => {
    const { code, stderr } = shell("$0 findings > /dev/full")
    expect(stderr).toMatch(/^credtrail: cannot write the output: .*no space left/)
    expect(code).toBe(1)
  })

  it("needs neither standard input nor a standard output that is open", () => {
    expect(shell("$0 findings --limit 1 <&- >&-")).toMatchObject({ code: 0, stderr: "" })
    expect(shell("$0 findings --limit 0 2>&-")).toMatchObject({ code: 2, stdout: "" })
  })

  it("takes its data from --data, then from CREDTRAIL_DATA, then from the working directory", () => {
    const both = shell(`$0 status --data ${data}`, { CREDTRAIL_DATA: "/nowhere" })
    expect(both.stdout).toContain(join(data, "log.sqlite"))
    expect(shell("$0 status", { CREDTRAIL_DATA: "/nowhere" }).stderr).toContain("/nowhere")
    const neither = shell("$0 status", { CREDTRAIL_DATA: "" })
    expect(neither.stderr).toContain("./credtrail-data: there is no data in it yet")
    expect(neither.code).toBe(5)
  })

  it("completes in a shell that has read its completions", () => {
    const completed = shell(`
      source <($0 --completions bash)
      COMP_WORDS=(credtrail fin) COMP_CWORD=1 COMP_LINE="credtrail fin" COMP_POINT=13
      $(complete -p credtrail | sed "s/.*-F //; s/ .*//")
      printf "%s\\n" "\${COMPREPLY[@]}"`)
    expect(completed.stdout.trim()).toBe("findings")
  })
})

describe("credtrail run, tail and status together", () => {
  test(
    "keep up with a log that grows, and end cleanly",
    Effect.gen(function* () {
      const own = join(directory, "own")
      const logs = join(directory, "logs")
      mkdirSync(logs)
      const write = (...deckies: ReadonlyArray<string>): void => {
        for (const decky of deckies) {
          const line = JSON.stringify(canaryLogin({ decky, password: "tulip-bulb" }))
          appendFileSync(join(logs, "opencanary.log"), `${line}\n`)
        }
      }
      write("gate-1")
      const daemon = yield* startCredtrail(["run", logs, "--data", own])
      yield* eventually(Effect.sync(() => /ingest .* -> live/.test(daemon.errors())))

      const everything = yield* startCredtrail(["tail", ">", "--from", "start", "--data", own])
      const follow = ["tail", "credential.reuse.>", "--json", "--data", own]
      const announced = yield* startCredtrail(follow)
      // It follows from now on once it has connected, which it does not say: it tells of this.
      yield* eventually(Effect.sync(() => everything.output().includes("gate-1")))
      let decoys = 1
      yield* eventually(
        Effect.sync(() => {
          write(`gate-${++decoys}`)
          return announced.output() !== ""
        }),
      )
      yield* eventually(Effect.sync(() => everything.output().includes(`gate-${decoys} ftp`)))
      expect(everything.output()).toMatch(/credential\.reuse\.detected {2}finding .* opened/)
      expect(JSON.parse(announced.output().split("\n")[0] ?? "")).toMatchObject({
        type: "credential.reuse.detected",
      })

      const status = yield* Effect.promise(() => answer("status", "--data", own))
      expect(status.projections).toMatchObject([
        { state: "live" },
        { name: "vectors", state: "live" },
      ])
      expect(status.processes).toMatchObject([{ pid: daemon.pid, command: "run" }])
      const actors = status.processes[0].actors.map(
        ({ name, state }: { name: string; state: string }) => `${name}: ${state}`,
      )
      expect(actors).toEqual(expect.arrayContaining(["credential-reuse: live", "relay: live"]))

      for (const [tail, signal] of [
        [everything, "SIGINT"],
        [announced, "SIGTERM"],
      ] as const) {
        tail.signal(signal)
        expect(yield* tail.ended).toMatchObject({ code: 130, errors: "" })
        expect(tail.output()).toMatch(/\n$/)
      }
      daemon.signal("SIGTERM")
      const { code, output, errors } = yield* daemon.ended
      expect({ code, output }).toEqual({ code: 130, output: "" })
      expect(errors).toContain("credential-reuse: live -> stopped")
      expect(errors).not.toMatch(/ERROR|backingOff/)

      const after = yield* Effect.promise(() => answer("status", "--data", own))
      expect(after).toMatchObject({
        projections: [
          { state: "stopped", gap: 0 },
          { name: "vectors", state: "stopped", gap: 0 },
        ],
        outbox: 0,
        processes: [],
      })
    }),
  )

  test(
    "a tail goes on from a position, and prints the same as one from the start",
    Effect.gen(function* () {
      const from = (position: string) =>
        startCredtrail(["tail", ">", "--from", position, "--no-follow", "--data", data])
      const whole = yield* (yield* from("start")).ended
      const rest = yield* (yield* from("3000")).ended
      const lines = whole.output.trim().split("\n")
      const { log } = yield* Effect.promise(() => answer("status", "--data", data))
      expect(lines.length).toBe(log.events)
      expect(rest.output.trim().split("\n")).toEqual(lines.slice(3000))
      const now = yield* (yield* from("now")).ended
      expect(now).toMatchObject({ code: 0, output: "", errors: "" })
      const beyond = yield* (yield* from("9999")).ended
      expect(beyond.errors).toMatch(
        /position 0+9999 is past the end of the log, which is at \d+\n$/,
      )
      expect(beyond.code).toBe(2)
    }),
  )
})
