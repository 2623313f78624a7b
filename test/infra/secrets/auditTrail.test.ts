import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { SecretDigest } from "../../../src/domain/secret/secretDigest.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { actNow, onRecord, recordErasure } from "../../../src/infra/secrets/auditTrail.ts"

it("an erasure that two processes put on record at the same moment is there once", () =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const act = yield* actNow({ command: "erase" })
    const digests = [SecretDigest.make("ab".repeat(32))]
    const others = [SecretDigest.make("cd".repeat(32))]
    // The other process comes between what this one reads and what it appends, with one erasure more.
    let isFirst = true
    const overtaken = EventLog.of({
      ...log,
      readStream: (stream, options) =>
        Effect.tap(log.readStream(stream, options), () => {
          if (!isFirst) return Effect.void
          isFirst = false
          return Effect.andThen(recordErasure(others, act), recordErasure(digests, act)).pipe(
            Effect.provideService(EventLog, log),
          )
        }),
    })
    yield* recordErasure(digests, act).pipe(
      Effect.provideService(EventLog, overtaken),
      Effect.timeout("10 seconds"),
    )
    expect(yield* onRecord(0)).toEqual({
      erased: [...others, ...digests],
      endsMailAddresses: false,
      next: 2,
    })
  }).pipe(Effect.provide(layerMemory), Effect.runPromise))
