import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../support/eventually.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary, writeLines } from "./credtrail.ts"

// The server is a double in this process, and the machine may have a lot to do.
const patience = 240_000

const directory = temporary()
const data = join(directory, "data")
let server: TestServer
let place: ReadonlyArray<string> = []

const logged = (name: string): string =>
  writeLines(
    join(directory, `${name}.log`),
    ["gate-1", "gate-2"].map((decky) => canaryLogin({ decky, password: name })),
  )

beforeAll(async () => {
  server = await TestServer.start({
    tls: true,
    users: [{ name: "ops", password: "hunter2", admin: true }],
  })
  const { port } = server.nodes[0]?.link.endpoint ?? { port: 0 }
  const ca = server.certificate?.file ?? ""
  place = [
    ...["--data", data, "--eventstore"],
    `esdb://ops:hunter2@localhost:${port}?tls=true&tlsCAFile=${ca}`,
  ]
  await answer("ingest", logged("tulip"), ...place)
  // Sessions that leave fingerprints, so that there are vectors too.
  await answer("ingest", join("sample", "alike"), "--decky", "gate-9", ...place)
  await server.down()
}, patience)

afterAll(() => server.stop())

describe("while the server of the log is away", () => {
  it.each([["findings"], ["credentials"], ["attackers"]])(
    "%s answers with what had been read, and says so",
    async (command) => {
      const called = await credtrail(command, "--json", ...place)
      expect(called.stderr).toMatch(
        /^warning: cannot reach the event log's server: this answer is from what was read earlier \(it has not answered for 3 seconds\)\n$/,
      )
      expect(called.code).toBe(0)
      expect(JSON.parse(called.stdout)[command]).not.toHaveLength(0)
    },
    patience,
  )

  it(
    "status says that it does not answer, and that what is not known is unknown",
    async () => {
      const status = await answer("status", ...place)
      expect(status.log).toMatchObject({
        ...{ answers: false, events: null, head: null },
        reason: "it has not answered for 3 seconds",
      })
      expect(status.projections).toContainEqual(
        expect.objectContaining({ name: "credential-reuse", gap: null, lag: null }),
      )
      expect(status.projections).toContainEqual(
        expect.objectContaining({ name: "vectors", state: "stopped", gap: null, lag: null }),
      )
      const { stdout } = await credtrail("status", ...place)
      expect(stdout).toMatch(
        /^log {12}eventstoredb, esdb:\S+, which does not answer\n +it has not answered for 3 seconds\n/,
      )
      expect(stdout).toMatch(/credential-reuse +stopped +\S+ +unknown +unknown/)
      expect(stdout).not.toContain("hunter2")
    },
    patience,
  )

  it(
    "ingest gives up with the reason",
    async () => {
      const [flag = "", dir = "", option = "", url = ""] = place
      const called = await credtrail(
        ...["ingest", logged("rose"), flag, dir, option, `${url}&defaultDeadline=200`],
      )
      expect(called.stderr).toMatch(/cannot read the event log: the event store at/)
      expect(called.code).toBe(5)
    },
    patience,
  )

  it(
    "run waits for it, says so in the process registry, and then does its work",
    () =>
      Effect.runPromise(
        Effect.scoped(
          Effect.gen(function* () {
            const running = yield* startCredtrail(["run", logged("violet"), ...place])
            const status = Effect.promise(() => answer("status", ...place))
            yield* eventually(
              Effect.map(status, ({ processes }) =>
                processes.some(
                  ({ pid, command, actors }: Board) =>
                    pid === running.pid &&
                    command === "run" &&
                    actors.some(({ name, state }) => name === "log" && state === "waiting"),
                ),
              ),
            )
            expect(JSON.stringify(yield* status)).not.toContain("hunter2")
            expect(running.errors()).toMatch(
              /waiting for the log: the event store at \S+ has not answered yet/,
            )
            yield* Effect.promise(() => server.up())
            yield* eventually(
              Effect.map(status, ({ log, projections, processes }) => {
                const [reuse] = projections
                const actors = processes.flatMap((process: Board) => process.actors)
                return (
                  log.answers &&
                  reuse.gap === 0 &&
                  reuse.state === "live" &&
                  actors.every(({ name }: Board["actors"][number]) => name !== "log")
                )
              }),
            )
            yield* eventually(
              Effect.map(
                Effect.promise(() => answer("findings", ...place)),
                ({ total }) => total === 2,
              ),
            )
            running.signal("SIGTERM")
            const { errors } = yield* running.ended
            expect(errors).toMatch(/the event store at \S+ answers/)
            expect(errors).not.toContain("hunter2")
          }),
        ),
      ),
    patience,
  )

  it(
    "a subscriber waits for it as well, and goes on when it is back: everything once",
    () =>
      Effect.runPromise(
        Effect.scoped(
          Effect.gen(function* () {
            const [flag = "", , option = "", url = ""] = place
            const own = [flag, join(directory, "subscriber"), option, `${url}&defaultDeadline=200`]
            yield* Effect.promise(() => server.down())
            const tail = ["tail", "credential.captured", "--from", "start", "--json", ...own]
            const subscriber = yield* startCredtrail(tail)
            const waits = (times: number) =>
              eventually(
                Effect.sync(() => subscriber.errors().split("waiting for the log").length > times),
              )
            // More often than its patience with a single call would last.
            yield* waits(3)
            yield* Effect.promise(() => server.up())
            const captured = (): number =>
              server.log.records.filter(({ type }) => type === "credential.captured").length
            const printed = eventually(
              Effect.sync(() => subscriber.output().split("\n").length > captured()),
            )
            yield* printed
            yield* Effect.promise(() => server.down())
            yield* waits(subscriber.errors().split("waiting for the log").length + 2)
            yield* Effect.promise(() => server.up())
            yield* Effect.promise(() => answer("ingest", logged("orchid"), ...place))
            yield* printed
            subscriber.signal("SIGTERM")
            const { output, errors } = yield* subscriber.ended
            const ids = output
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line).id)
            expect(errors).not.toContain("has not answered yet")
            expect(new Set(ids).size).toBe(captured())
            expect(ids).toHaveLength(captured())
            expect(errors).not.toContain("hunter2")
          }),
        ),
      ),
    patience,
  )
})

interface Board {
  readonly pid: number
  readonly command: string
  readonly actors: ReadonlyArray<{ readonly name: string; readonly state: string }>
}
