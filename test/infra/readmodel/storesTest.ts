import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import { it } from "vitest"
import type { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import type { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"
import { stores } from "./storeLayers.ts"

/**
 * A test with a data directory of its own, and the log and the read models in it. What goes wrong is
 * looked for where it shows, so log lines go nowhere.
 */
export const storesTest = <E>(
  title: string,
  body: (data: string) => Effect.Effect<void, E, EventLog | ReadModel | Scope>,
  patience?: number,
): void => {
  it(
    title,
    async () => {
      const data = mkdtempSync(join(tmpdir(), "credtrail-readmodel-"))
      try {
        await Effect.runPromise(
          Effect.scoped(Effect.provide(body(data), Layer.merge(stores(data), Logger.layer([])))),
        )
      } finally {
        rmSync(data, { recursive: true, force: true })
      }
    },
    patience,
  )
}
