import { randomBytes } from "node:crypto"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { expect, it } from "vitest"
import { triedSecret } from "../../../src/domain/secret/secret.ts"
import { keepErasuresSettled } from "../../../src/infra/app/settleErasures.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { IngestStore } from "../../../src/infra/ingest/IngestStore.ts"
import { actNow, recordErasure, recordKeepingEnded } from "../../../src/infra/secrets/auditTrail.ts"
import type { Keys } from "../../../src/infra/secrets/SecretKeys.ts"
import { SecretVault } from "../../../src/infra/secrets/SecretVault.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"

const current = { id: "00".repeat(8), key: randomBytes(32) }
const keys: Keys = {
  index: randomBytes(32),
  indexId: "01".repeat(8),
  current,
  keyOf: (id) => (id === current.id ? current.key : undefined),
}

const stores = (directory: string) =>
  Layer.mergeAll(
    layerMemory,
    SecretVault.layer({ file: join(directory, "secrets.sqlite"), keys }),
    IngestStore.layer({ file: join(directory, "ingest.sqlite"), mode: "read-write" }),
  )

it("a running service keeps no mail addresses once that was said on another machine", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      const vault = yield* SecretVault
      yield* Effect.forkScoped(keepErasuresSettled)
      yield* TestClock.adjust("30 seconds")
      expect(vault.principalOf("anna@example.org")).toBe("anna@example.org")
      yield* recordKeepingEnded("secrets", yield* actNow({ command: "ingest" }))
      yield* recordKeepingEnded("mail-addresses", yield* actNow({ command: "ingest" }))
      yield* TestClock.adjust("30 seconds")
      expect(vault.principalOf("anna@example.org")).toMatch(/^[0-9a-f]{16}@example\.org$/)
      // Whether bytes are kept is each machine's own choice.
      expect((yield* vault.count).keepsBytes).toBe(true)
      expect(yield* vault.unrecordedEnds).toEqual([])
    }).pipe(Effect.provide([stores(directory), TestClock.layer()]))
  }).pipe(Effect.scoped, Effect.runPromise))

it("a running service erases, within 30 seconds, what the log says was erased elsewhere", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      const vault = yield* SecretVault
      const { digest } = vault.seal(triedSecret("plaintext", Buffer.from("orchid")), null)
      yield* vault.flush
      yield* Effect.forkScoped(keepErasuresSettled)
      yield* TestClock.adjust("30 seconds")
      expect(yield* vault.open(digest)).not.toBe("erased")
      yield* recordErasure([digest], yield* actNow({ command: "erase" }))
      yield* TestClock.adjust("30 seconds")
      expect(yield* vault.open(digest)).toBe("erased")
      expect(yield* vault.unrecorded).toEqual([])
    }).pipe(Effect.provide([stores(directory), TestClock.layer()]))
  }).pipe(Effect.scoped, Effect.runPromise))
