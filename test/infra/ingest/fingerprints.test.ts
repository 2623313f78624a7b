import { appendFileSync, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { Fingerprint } from "../../../src/domain/session/fingerprint.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { script, sessionLines } from "./sessionLog.ts"
import { ingest, stores, temporaryDirectory, inWorkplace as test } from "./workplace.ts"

const place = (directory: string, name: string): string => {
  mkdirSync(join(directory, "trap"), { recursive: true })
  return join(directory, "trap", name)
}

/** The fingerprints in the log. */
const fingerprints = Effect.gen(function* () {
  const log = yield* EventLog
  const types = ["attacker.fingerprinted"]
  const events = yield* log.readAll({ direction: "forwards", limit: 1_000_000, types })
  return events.map(({ id, stream, data }) => ({
    ...(data as Fingerprint), // what those events hold
    ...{ id, stream },
  }))
})

// Two sessions at once, and one behind them.
const lines = [0, 1, 2].flatMap((n) => [
  ...sessionLines(`a${n}`, 100 * n, script),
  ...sessionLines(`b${n}`, 100 * n, { ...script, commands: script.commands.toReversed() }),
])
const timeOf = (line: string): number => Date.parse(JSON.parse(line).timestamp)
const byTime = lines.toSorted((a, b) => timeOf(a) - timeOf(b))

/** What comes of reading all of it in one go. */
const undisturbed = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const file = place(directory, "cowrie.json")
  writeFileSync(file, byTime.join(""))
  return yield* Effect.andThen(ingest([file]), fingerprints).pipe(
    Effect.provide(stores(join(directory, "data"))),
  )
})

describe("the fingerprints of an ingest", () => {
  test("are one of each kind for each session that is over, in a stream of their own", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "cowrie.json")
      writeFileSync(file, byTime.join(""))
      const { progress } = yield* ingest([file])
      const found = yield* fingerprints
      expect(progress.fingerprints).toBe(found.length)
      const kinds = ["ssh_kex", "cmd_ngram", "session_timing", "cred_list"]
      const expected = ["a0", "b0", "a1", "b1", "a2", "b2"].flatMap((session) =>
        kinds.map((kind) => `${session} ${kind}`),
      )
      expect(found.map(({ sessionId, kind }) => `${sessionId} ${kind}`).sort()).toEqual(
        expected.sort(),
      )
      for (const { stream, decky, service } of found) {
        expect({ stream, decky, service }).toEqual({
          ...{ stream: "fingerprint-cowrie.trap", decky: "trap", service: "ssh" },
        })
      }
      expect(JSON.stringify(found)).not.toContain("heron-lake")
    }))

  test("are the same where reading stopped after every line", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "cowrie.json")
      for (const line of byTime) {
        appendFileSync(file, line)
        yield* ingest([file])
      }
      expect(yield* fingerprints).toEqual(yield* undisturbed)
    }))

  test("are the same where several files are read in one go", (directory) =>
    Effect.gen(function* () {
      writeFileSync(place(directory, "cowrie.json.1"), byTime.slice(0, 30).join(""))
      writeFileSync(place(directory, "cowrie.json.2"), byTime.slice(30, 50).join(""))
      writeFileSync(place(directory, "cowrie.json"), byTime.slice(50).join(""))
      yield* ingest([join(directory, "trap")])
      expect(yield* fingerprints).toEqual(yield* undisturbed)
    }))

  test("are the same where the log was rotated in mid-session, and the file before is gone", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "cowrie.json")
      const [first, second] = [byTime.slice(0, 9), byTime.slice(9, 20)]
      writeFileSync(file, first.join(""))
      yield* ingest([file])
      renameSync(file, place(directory, "cowrie.json.1"))
      writeFileSync(file, second.join(""))
      yield* ingest([join(directory, "trap")])
      rmSync(place(directory, "cowrie.json.1"))
      rmSync(file)
      writeFileSync(place(directory, "cowrie.json.2.gz"), gzipSync(second.join("")))
      writeFileSync(file, byTime.slice(20).join(""))
      yield* ingest([join(directory, "trap")])
      expect(yield* fingerprints).toEqual(yield* undisturbed)
    }))

  test("are not doubled by a copy, nor by reading everything again", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "cowrie.json")
      writeFileSync(file, byTime.join(""))
      yield* ingest([file])
      copyFileSync(file, place(directory, "copy.json"))
      yield* ingest([join(directory, "trap")])
      writeFileSync(file, byTime.toReversed().join(""))
      yield* ingest([file])
      expect(yield* fingerprints).toEqual(yield* undisturbed)
    }))

  test("are not changed where part of a session is read twice", (directory) =>
    Effect.gen(function* () {
      const half = byTime.slice(0, 12).join("")
      writeFileSync(place(directory, "half.json"), half)
      yield* ingest([join(directory, "trap")])
      writeFileSync(place(directory, "whole.json"), `${half}${byTime.slice(12).join("")}`)
      yield* ingest([place(directory, "whole.json")])
      expect(yield* fingerprints).toEqual(yield* undisturbed)
    }))

  test("count where they are new only", (directory) =>
    Effect.gen(function* () {
      const most = byTime.slice(0, -1).join("")
      writeFileSync(place(directory, "most.json"), most)
      const first = yield* ingest([place(directory, "most.json")])
      expect(first.progress.fingerprints).toBe((yield* fingerprints).length)
      // Another file, which has to be read from its beginning.
      writeFileSync(place(directory, "whole.json"), `\n${byTime.join("")}`)
      const second = yield* ingest([place(directory, "whole.json")])
      expect(first.progress.fingerprints + second.progress.fingerprints).toBe(
        (yield* fingerprints).length,
      )
    }))

  test("wait for a session that is not over", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "cowrie.json")
      const session = sessionLines("open", 0, script)
      writeFileSync(file, session.slice(0, -1).join(""))
      yield* ingest([file])
      expect(yield* fingerprints).toEqual([])
      appendFileSync(file, session.at(-1) ?? "")
      yield* ingest([file])
      expect(yield* fingerprints).toHaveLength(4)
    }))

  test("are made of Heralding's sessions too, which are over in their line", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "log_session.json")
      const attempts = script.passwords.map((password, n) => ({
        timestamp: `2026-03-01 08:00:0${n}.000000`,
        ...{ username: "clerk", password },
      }))
      writeFileSync(
        file,
        `${JSON.stringify({
          ...{ timestamp: "2026-03-01 08:00:00.000000", duration: 5, session_id: "s-1" },
          ...{ source_ip: "192.0.2.9", source_port: 4, destination_ip: "192.0.2.1" },
          ...{ destination_port: 21, protocol: "ftp", num_auth_attempts: 5 },
          ...{ auth_attempts: attempts, session_ended: true, auxiliary_data: {} },
        })}\n`,
      )
      yield* ingest([file])
      const found = yield* fingerprints
      expect(found.map(({ kind, service }) => `${service} ${kind}`)).toEqual([
        "ftp session_timing",
        "ftp cred_list",
      ])
    }))
})
