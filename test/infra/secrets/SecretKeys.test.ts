import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  type KeyPlace,
  keyFileText,
  makeKeyFile,
  SecretKeys,
} from "../../../src/infra/secrets/SecretKeys.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"

const keysAt = (place: KeyPlace, which: "read" | "readOrMake") =>
  Effect.flatMap(SecretKeys, (keys) => keys[which]).pipe(Effect.provide(SecretKeys.layer(place)))

const inDirectory = <A, E>(body: (directory: string) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(temporaryDirectory, body)))

describe("the keys in a file of our own", () => {
  it("are made at first use, for this user alone, and are the same from then on", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const place: KeyPlace = { kind: "own-file", file: join(directory, "keys", "keys.json") }
        const made = yield* keysAt(place, "readOrMake")
        expect(statSync(place.file).mode & 0o777).toBe(0o600)
        expect(statSync(dirname(place.file)).mode & 0o777).toBe(0o700)
        expect(readdirSync(dirname(place.file))).toEqual(["keys.json"])
        const again = yield* keysAt(place, "readOrMake")
        expect(again.indexId).toBe(made.indexId)
        expect(again.index).toEqual(made.index)
        expect((yield* keysAt(place, "read")).current).toEqual(made.current)
      }),
    ))

  it("are not made by who only reads", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const place: KeyPlace = { kind: "own-file", file: join(directory, "keys", "keys.json") }
        const error = yield* Effect.flip(keysAt(place, "read"))
        expect(error).toMatchObject({ kind: "missing" })
        expect(existsSync(dirname(place.file))).toBe(false)
      }),
    ))

  it("are made once by many at the same time", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const place: KeyPlace = { kind: "own-file", file: join(directory, "keys.json") }
        const all = yield* Effect.all(
          Array.from({ length: 8 }, () => keysAt(place, "readOrMake")),
          { concurrency: "unbounded" },
        )
        expect(new Set(all.map(({ indexId }) => indexId)).size).toBe(1)
      }),
    ))
})

describe("the keys of an operator", () => {
  it("come from a file, of which the first key is the current one", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "fleet-keys")
        const older = makeKeyFile()
        const newer = makeKeyFile()
        writeFileSync(file, keyFileText(older))
        const before = yield* keysAt({ kind: "file", file }, "read")
        writeFileSync(file, keyFileText({ ...older, keys: [...newer.keys, ...older.keys] }))
        const after = yield* keysAt({ kind: "file", file }, "read")
        expect(after.indexId).toBe(before.indexId)
        expect(after.current.id).not.toBe(before.current.id)
        expect(after.keyOf(before.current.id)).toEqual(before.current.key)
      }),
    ))

  it("come from what a command prints", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "fleet-keys")
        writeFileSync(file, keyFileText(makeKeyFile()))
        const printed = yield* keysAt({ kind: "command", command: `cat '${file}'` }, "read")
        expect(printed.index).toEqual((yield* keysAt({ kind: "file", file }, "read")).index)
      }),
    ))

  it("are never made in the operator's place", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "fleet-keys")
        const error = yield* Effect.flip(keysAt({ kind: "file", file }, "readOrMake"))
        expect(error.message).toContain(file)
        expect(existsSync(file)).toBe(false)
      }),
    ))

  it.each<[string, string, string]>([
    ["fails", "exit 3", "ended with 3"],
    ["prints no keys", "echo hello", "holds no credtrail keys"],
  ])("are refused where the command %s, without a word of what it printed", (_, command, says) =>
    inDirectory(() =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(keysAt({ kind: "command", command }, "read"))
        expect(error.message).toContain(says)
        expect(error.message).not.toContain("hello")
      }),
    ),
  )

  it("are refused where the file is damaged, and the file stays as it is", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "keys", "keys.json")
        mkdirSync(dirname(file))
        writeFileSync(file, "{}")
        const error = yield* Effect.flip(keysAt({ kind: "own-file", file }, "readOrMake"))
        expect(error).toMatchObject({ kind: "broken" })
        expect(readFileSync(file, "utf8")).toBe("{}")
      }),
    ))
})
