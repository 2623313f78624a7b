import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { eventLogConformance } from "../conformance.ts"
import { layerAt, layerOn } from "./layerOn.ts"
import { testServer } from "./testServer.ts"

const real = process.env.CREDTRAIL_TEST_EVENTSTORE_URL

// With a server of one's own the same suite runs against that one, faults aside.
if (real === undefined) {
  for (const settings of [
    { version: "22.10", batchAppend: false },
    { version: "24.10", nodes: 3 },
  ] as const) {
    eventLogConformance(`a double of EventStoreDB ${settings.version}`, () =>
      Layer.unwrap(Effect.map(testServer(settings), (server) => layerOn(server))),
    )
  }
} else eventLogConformance("the EventStoreDB that was named", () => layerAt(real))
