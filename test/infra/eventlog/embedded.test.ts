import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerEmbedded } from "../../../src/infra/eventlog/EmbeddedEventLog.ts"
import { eventLogConformance } from "./conformance.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

eventLogConformance("embedded", () =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) =>
      layerEmbedded({ file: join(directory, "log", "events.db") }),
    ),
  ),
)
