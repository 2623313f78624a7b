import { join } from "node:path"
import * as Layer from "effect/Layer"
import type { EventLog, EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import type { ReadModel, ReadModelUnavailable } from "../../../src/infra/readmodel/ReadModel.ts"
import { layerCurrent } from "../../../src/infra/readmodel/rebuild/currentReadModel.ts"

/** The log and the read models in a data directory, as the program opens them. */
export const stores = (
  data: string,
): Layer.Layer<EventLog | ReadModel, EventLogUnavailable | ReadModelUnavailable> =>
  Layer.fresh(
    Layer.merge(
      layerEmbedded({ file: join(data, "log.sqlite") }),
      layerCurrent({ data, mode: "read-write" }),
    ),
  )
