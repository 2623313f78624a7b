import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { expect, it } from "vitest"
import { writeHoneypotLogs } from "../../../crash/honeypotLogs.ts"
import { eventually } from "../../../support/eventually.ts"
import { inData } from "../../ingest/processPlace.ts"
import { type Running, runCredtrail, startCredtrail } from "../../ingest/runCredtrail.ts"
import { temporaryDirectory } from "../../ingest/workplace.ts"
import { cleanReplay } from "../../readmodel/cleanReplay.ts"
import { wholeLog } from "../../readmodel/logEvents.ts"
import { announcedIn } from "./announcedIn.ts"
import { layerOn } from "./layerOn.ts"
import { mishaps } from "./mishaps.ts"
import { testServer } from "./testServer.ts"

const attempts = 150
const pieces = 60

/** A log as if it were one file. */
const contentOf = (path: string): string =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .toSorted()
        .map((name) => readFileSync(join(path, name), "utf8"))
        .join("")
    : readFileSync(path, "utf8")

const capturedIn = (
  events: ReadonlyArray<{ readonly type: string; readonly stream: string; readonly id: string }>,
): Record<string, ReadonlyArray<string>> => {
  const captured = events.filter(({ type }) => type === "credential.captured")
  return Object.fromEntries(
    Object.entries(Object.groupBy(captured, ({ stream }) => stream)).map(([stream, some = []]) => [
      stream,
      some.map(({ id }) => id),
    ]),
  )
}

for (const replicas of [2, 3]) {
  it(
    `${replicas} services in processes of their own follow the same logs, are killed between a write and its answer, and everything is there once`,
    () =>
      Effect.gen(function* () {
        const directory = yield* temporaryDirectory
        const logs = writeHoneypotLogs(join(directory, "whole"), 7 + replicas, attempts)
        const reference = join(directory, "reference")
        const alone = yield* runCredtrail([
          "ingest",
          join(directory, "whole"),
          "--decky",
          "{dir}",
          "--data",
          reference,
        ])
        expect(alone.code).toBe(0)
        const expected = capturedIn(yield* inData(reference, wholeLog))

        const grown = join(directory, "grown")
        let grownTo = 0
        const grow = (to: number): void => {
          for (const { path, decky } of logs) {
            const lines = contentOf(path).split(/(?<=\n)/)
            const at = (piece: number) => Math.ceil((lines.length * piece) / pieces)
            const file = join(grown, decky, `${basename(path)}.log`)
            mkdirSync(dirname(file), { recursive: true })
            appendFileSync(file, lines.slice(at(grownTo), at(to)).join(""))
          }
          grownTo = to
        }
        grow(10)
        const server = yield* testServer({ nodes: 3 })
        const url = `${server.connectionString}&defaultDeadline=500`
        const start = (n: number) =>
          startCredtrail(
            ["run", grown, "--decky", "{dir}", "--data", join(directory, `data-${n}`)],
            { env: { CREDTRAIL_EVENTSTORE_URL: url } },
          )
        const kill = (running: Running) => {
          running.signal("SIGKILL")
          return running.ended
        }
        const services = yield* Effect.forEach(Array.from({ length: replicas }).keys(), start)
        const all = mishaps(3)
        for (let round = 1; round < 5; round++) {
          all[(round * 29 + replicas) % all.length]?.befall(server)
          const unanswered = server.faults.order("append", { kind: "silence", when: "after" })
          grow((round + 1) * 10)
          yield* eventually(Effect.sync(() => unanswered.hits > 0))
          // Now and then all of them, so that it was one of these for sure.
          for (const [n, service] of services.entries()) {
            if (round % 3 > 0 && n !== round % replicas) continue
            yield* kill(service)
            services[n] = yield* start(n)
          }
        }
        server.faults.clear()

        const captured = () => capturedIn(server.log.records)
        const count = (some: Record<string, ReadonlyArray<string>>) =>
          Object.values(some).reduce((sum, ids) => sum + ids.length, 0)
        // For a while all of them append the same; whoever is left then has not fallen out.
        for (const service of services) {
          yield* eventually(
            Effect.sync(
              () => (service.errors().match(/ingest .* -> live/g)?.length ?? 0) >= logs.length,
            ),
          )
        }
        while (grownTo < pieces - 1) {
          const before = count(captured())
          grow(grownTo + 1)
          yield* eventually(Effect.sync(() => count(captured()) > before))
        }
        for (const service of services.splice(1)) yield* kill(service)
        grow(pieces)
        yield* eventually(Effect.sync(() => count(captured()) >= count(expected)))
        expect(captured()).toEqual(expected)
        const { outbox } = yield* cleanReplay.pipe(Effect.provide(layerOn(server)))
        const announced = announcedIn(outbox)
        const there = () =>
          server.log.records
            .filter(({ type }) => /^(credential\.reuse\.detected|attacker\.observed)$/.test(type))
            .map(({ id }) => id)
        yield* eventually(Effect.sync(() => new Set(there()).size >= announced.length))
        for (const service of services) {
          service.signal("SIGTERM")
          expect(yield* service.ended).toMatchObject({ code: 130 })
        }
        expect(there().toSorted()).toEqual(announced)
        expect(announced.length).toBeGreaterThan(50)
        expect(captured()).toEqual(expected)
      }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(Logger.layer([]))), Effect.runPromise),
    180_000,
  )
}
