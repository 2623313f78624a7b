import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { schemaVersion } from "../../../src/domain/event/events.ts"
import { captureEventId } from "../../../src/domain/event/ids.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { bindKeys } from "../../../src/infra/secrets/bindKeys.ts"
import { keyFileText, makeKeyFile, SecretKeys } from "../../../src/infra/secrets/SecretKeys.ts"
import { newHistory } from "../../projections/captureEvents.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"

const onNewLog = <A, E>(body: (directory: string) => Effect.Effect<A, E, EventLog>) =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(temporaryDirectory, body)).pipe(
      Effect.provide(Layer.fresh(layerMemory)),
    ),
  )

/** Binds the log as a machine with these keys would. */
const bindWith = (file: string) =>
  bindKeys.pipe(Effect.provide(SecretKeys.layer({ kind: "own-file", file })))

const events = Effect.flatMap(EventLog, (log) => log.readAll({ direction: "forwards", limit: 100 }))

describe("a log and the keys it is written with", () => {
  it("belong together from the first event on", () =>
    onNewLog((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "keys", "keys.json")
        const { indexId } = yield* bindWith(file)
        expect((yield* bindWith(file)).indexId).toBe(indexId)
        expect(yield* events).toMatchObject([
          { type: "keys.bound", stream: "keys", data: { indexKeyId: indexId } },
        ])
      }),
    ))

  it("stay together when the key that wraps is another one", () =>
    onNewLog((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "keys.json")
        const made = makeKeyFile()
        writeFileSync(file, keyFileText(made))
        const { indexId } = yield* bindWith(file)
        writeFileSync(file, keyFileText({ ...made, keys: [...makeKeyFile().keys, ...made.keys] }))
        expect((yield* bindWith(file)).indexId).toBe(indexId)
      }),
    ))

  it("refuse other keys with a sentence, and nothing is written", () =>
    onNewLog((directory) =>
      Effect.gen(function* () {
        yield* bindWith(join(directory, "mine.json"))
        const before = yield* events
        const strange = join(directory, "strange.json")
        writeFileSync(strange, keyFileText(makeKeyFile()))
        const error = yield* Effect.flip(bindWith(strange))
        expect(error).toMatchObject({ _tag: "KeysMismatch" })
        expect(error.message).toMatch(/bring its keys.*Nothing was written/s)
        expect(yield* events).toEqual(before)
      }),
    ))

  it("are bound once by several machines at the same time, and to one of them", () =>
    onNewLog((directory) =>
      Effect.gen(function* () {
        const all = yield* Effect.all(
          [1, 2, 3, 4].map((n) => Effect.result(bindWith(join(directory, `${n}.json`)))),
          { concurrency: "unbounded" },
        )
        expect(all.map(({ _tag }) => _tag).toSorted()).toEqual([
          ...["Failure", "Failure", "Failure", "Success"],
        ])
        expect(yield* events).toHaveLength(1)
      }),
    ))

  it("are refused where the log has captures and says nothing of keys: it is to be ingested again", () =>
    onNewLog((directory) =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const { type, data } = newHistory().captured({ password: "orchid" })
        if (type !== "credential.captured") throw new Error("it is a capture")
        yield* log.append({
          stream: "capture-cowrie.trap",
          expectedRevision: "no_stream",
          events: [
            {
              type,
              id: captureEventId(data),
              data,
              metadata: { schemaVersion },
            },
          ],
        })
        const before = yield* events
        const error = yield* Effect.flip(bindWith(join(directory, "keys.json")))
        expect(error.message).toMatch(/unreleased version.*ingest the log files again/s)
        expect(yield* events).toEqual(before)
      }),
    ))
})
