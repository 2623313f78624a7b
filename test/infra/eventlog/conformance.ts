import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, it } from "vitest"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { appending } from "./conformance/appending.ts"
import type { ConformanceTest } from "./conformance/ConformanceTest.ts"
import { following } from "./conformance/following.ts"
import { reading } from "./conformance/reading.ts"

/**
 * What every layer of the {@link EventLog} must do. Each test builds the layer again; the log behind
 * it may be shared and hold anything. Nobody else may append while the suite runs.
 */
export const eventLogConformance = <E>(
  name: string,
  makeLayer: () => Layer.Layer<EventLog, E>,
): void => {
  const test: ConformanceTest = (title, body) => {
    it(title, () =>
      Effect.runPromise(Effect.scoped(EventLog.use(body)).pipe(Effect.provide(makeLayer()))),
    )
  }
  describe(`${name} is an event log`, () => {
    appending(test)
    reading(test)
    following(test)
  })
}
