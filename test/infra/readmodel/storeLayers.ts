import { join } from "node:path"
import * as Layer from "effect/Layer"
import { layerEmbedded } from "../../../src/infra/eventlog/EmbeddedEventLog.ts"
import type { EventLog, EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import { layerCurrent } from "../../../src/infra/generations/currentReadModel.ts"
import type { ReadModel, ReadModelUnavailable } from "../../../src/infra/readmodel/ReadModel.ts"

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
