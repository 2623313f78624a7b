import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { catchUp } from "../../../src/infra/readmodel/catchUp.ts"
import { identified } from "../../projections/captureEvents.ts"
import { cleanReplay, contentsAfter, relayed } from "./cleanReplay.ts"
import { append, captures, rewrite, wholeLog } from "./logEvents.ts"
import { readModelContents } from "./readModelContents.ts"
import { currentDatabase } from "./sinks.ts"
import { stores } from "./storeLayers.ts"
import { storesTest } from "./storesTest.ts"

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))

/** How many announcements wait when these are the contents. */
const announcementsOf = ({ outbox = [] }: Awaited<ReturnType<typeof contentsAfter>>) =>
  outbox.length

const uuid = "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11"

describe("catchUp", () => {
  storesTest("folds everything and announces it, and then has nothing to do", () =>
    Effect.gen(function* () {
      yield* append([...captures(100), identified({ ip: "192.0.2.3", uuid }), ...captures(20)])
      const expected = yield* cleanReplay
      yield* catchUp("stop")
      const log = yield* wholeLog
      expect(yield* contents).toEqual(relayed(expected))
      expect(log).toHaveLength(121 + announcementsOf(expected))
      yield* catchUp("stop")
      expect(yield* wholeLog).toEqual(log)
      expect(yield* contents).toEqual(relayed(expected))
    }),
  )

  storesTest("rebuilds read models that are gone, and announces nothing a second time", (data) =>
    Effect.gen(function* () {
      yield* append([identified({ ip: "192.0.2.3", uuid }), ...captures(100)])
      yield* catchUp("stop")
      yield* append(captures(30))
      yield* catchUp("stop")
      const [log, before] = [yield* wholeLog, yield* contents]
      for (const end of ["", "-wal", "-shm"]) rmSync(join(data, `readmodel.sqlite${end}`))
      const after = yield* Effect.provide(Effect.andThen(catchUp("stop"), contents), stores(data))
      expect(after).toEqual(before)
      expect(yield* wholeLog).toEqual(log)
    }),
  )

  storesTest("announces what came before a poison event although it stops there", (data) =>
    Effect.gen(function* () {
      const events = captures(100)
      yield* append(events)
      const log = yield* wholeLog
      const expected = contentsAfter(log.slice(0, 70))
      yield* rewrite(data, events[70]?.recorded.id ?? "", "{}")
      const failure = yield* Effect.flip(catchUp("stop"))
      expect(failure).toMatchObject({ _tag: "PoisonEvent", position: log[70]?.position })
      expect(yield* contents).toEqual(relayed(expected))
      expect(yield* wholeLog).toHaveLength(100 + announcementsOf(expected))
    }),
  )
})
