import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { readModelChildren } from "../../../../src/infra/app/service/children.ts"
import { startService } from "../../../../src/infra/app/service/startService.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { appendCaptures } from "../../../../src/infra/ingest/appendCaptures.ts"
import { layerCurrent } from "../../../../src/infra/readmodel/rebuild/currentReadModel.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import type { TestServer } from "../../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../../support/eventually.ts"
import { runScript } from "../../../support/runScript.ts"
import { cleanReplay, relayed } from "../../readmodel/cleanReplay.ts"
import { readModelContents } from "../../readmodel/readModelContents.ts"
import { currentDatabase } from "../../readmodel/sinks.ts"
import { announcedIn } from "./announcedIn.ts"
import { layerOn } from "./layerOn.ts"
import { mishaps } from "./mishaps.ts"
import { numberedCaptures, sourceStream } from "./numberedCaptures.ts"
import { testServer } from "./testServer.ts"

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "credtrail-once-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

/** The ids of announcements that so many captures come to where nothing goes wrong. */
const announcedWithoutFaults = (count: number): Effect.Effect<ReadonlyArray<string>, unknown> =>
  Effect.gen(function* () {
    yield* appendCaptures(sourceStream, "no_stream", numberedCaptures(count))
    const { outbox } = yield* cleanReplay
    return announcedIn(outbox)
  }).pipe(Effect.provide(layerMemory))

/** Every event of ours is on the server once: the captures in order, the announcements in any. */
const expectOnce = Effect.fnUntraced(function* (server: TestServer, count: number) {
  const captured = server.log.stream(sourceStream)?.records ?? []
  expect(captured.map(({ id }) => id)).toEqual(numberedCaptures(count).map(({ id }) => id))
  const ours = server.log.records.filter(({ type }) => !type.startsWith("$"))
  const announced = ours.filter(({ stream }) => stream !== sourceStream)
  const expected = yield* announcedWithoutFaults(count)
  expect(announced.map(({ id }) => id).toSorted()).toEqual(expected)
  expect(expected.length).toBeGreaterThan(10)
})

const quietly = <A, E>(body: Effect.Effect<A, E, Scope>): Promise<A> =>
  Effect.runPromise(body.pipe(Effect.scoped, Effect.provide(Logger.layer([]))))

/** The read models on a server, with a data directory of their own. */
const storesOn = (server: TestServer, data: string) =>
  Layer.fresh(Layer.merge(layerOn(server), layerCurrent({ data, mode: "read-write" })))

const isDone = Effect.gen(function* () {
  const log = yield* EventLog
  const database = yield* currentDatabase
  const { position } = readCheckpoint(database, "credential-reuse")
  const waiting = Number(database.prepare("SELECT count(*) FROM outbox").pluck(true).get())
  return waiting === 0 && (yield* log.gap(position, ["credential.captured"])) === 0
})

describe("every event is on EventStoreDB exactly once", () => {
  const script = join(import.meta.dirname, "processes/ingest.ts")

  for (const [what, fault] of [
    ["captures written, no answer yet", { at: 2, when: "after" }],
    ["captures sent, not yet written", { at: 2, when: "before" }],
    ["announcements written, no answer yet", { at: 6, when: "after" }],
  ] as const) {
    it(
      `where the process is killed with its ${what}, and comes back with other batches`,
      () =>
        quietly(
          Effect.gen(function* () {
            const server = yield* testServer()
            const data = yield* directory
            const count = 200
            // Five appends of captures; what comes after them announces.
            for (let n = 0; n < fault.at; n++) {
              server.faults.order("append", { kind: "late", millis: 1 })
            }
            server.faults.order("append", { kind: "silence", when: fault.when })
            const child = spawn(
              process.execPath,
              [script, data, server.connectionString, String(count), "40"],
              { stdio: ["ignore", "ignore", "inherit"] },
            )
            const closed = once(child, "close")
            yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
            yield* eventually(Effect.sync(() => server.traffic.appends > fault.at))
            child.kill("SIGKILL")
            yield* Effect.promise(() => closed)
            server.faults.clear()
            const run = (batch: string) =>
              runScript(script, data, server.connectionString, String(count), batch)
            yield* run("70")
            yield* run("33")
            yield* expectOnce(server, count)
          }),
        ),
      120_000,
    )
  }

  for (const replicas of [2, 3]) {
    it(
      `where ${replicas} services run on one log while all kinds of things go wrong`,
      () =>
        quietly(
          Effect.gen(function* () {
            const server = yield* testServer({ nodes: replicas })
            const count = 400
            const some = mishaps(replicas)
            const befallen: Array<() => boolean> = []
            const services = yield* Effect.forEach(Array.from({ length: replicas }), () =>
              Effect.gen(function* () {
                const data = yield* directory
                const context = yield* Layer.build(storesOn(server, data))
                const children = yield* Effect.provide(readModelChildren("stop"), context)
                yield* startService(data, "test", children, "Debug")
                return context
              }),
            )
            const [first] = services
            if (first === undefined) throw new Error("there are several")
            let revision: number | "no_stream" = "no_stream"
            const captures = numberedCaptures(count)
            for (let start = 0, n = 0; start < count; start += 16, n++) {
              yield* eventually(Effect.sync(() => server.subscriptions > 0))
              for (const index of [n * 17 + replicas, n * 5]) {
                const hit = some[index % some.length]?.befall(server)
                if (hit !== undefined) befallen.push(hit)
              }
              const appended: { readonly revision: number | "no_stream" } = yield* appendCaptures(
                sourceStream,
                revision,
                captures.slice(start, start + 16),
              ).pipe(Effect.provide(first))
              revision = appended.revision
            }
            server.faults.clear()
            const hits = befallen.filter((hit) => hit()).length
            expect(hits).toBeGreaterThan(0.8 * befallen.length)
            for (const context of services) yield* eventually(Effect.provide(isDone, context))
            yield* expectOnce(server, count)
            const expected = relayed(yield* Effect.provide(cleanReplay, first))
            for (const context of services) {
              const contents = yield* Effect.map(currentDatabase, (database) =>
                readModelContents(database),
              ).pipe(Effect.provide(context))
              expect(contents).toEqual(expected)
            }
          }),
        ),
      180_000,
    )
  }
})
