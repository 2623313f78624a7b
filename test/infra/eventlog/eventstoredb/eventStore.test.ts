import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerEventStore } from "../../../../src/infra/eventlog/eventstoredb/EventStoreEventLog.ts"
import { readEventStoreSettings } from "../../../../src/infra/eventlog/eventstoredb/eventStoreSettings.ts"
import { TestServer } from "../../../support/eventstoredb/TestServer.ts"
import { eventLogConformance } from "../conformance.ts"

eventLogConformance("eventstoredb", () =>
  Layer.unwrap(
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => TestServer.start()),
        (started) => Effect.promise(() => started.stop()),
      )
      return layerEventStore({ settings: yield* readEventStoreSettings(server.connectionString) })
    }),
  ),
)
