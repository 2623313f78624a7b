import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEventStore } from "../../../../src/infra/eventlog/eventstoredb/EventStoreEventLog.ts"
import { readEventStoreSettings } from "../../../../src/infra/eventlog/eventstoredb/eventStoreSettings.ts"
import type { TestServer } from "../../../support/eventstoredb/TestServer.ts"

/** Milliseconds of one call: short, since tests wait until it is over for what never answers. */
const shortDeadline = 500
/** Milliseconds for which a server may be away: none of those here is for good. */
const patience = 120_000

/** The layer on whatever an address stands for. */
export const layerAt = (url: string): Layer.Layer<EventLog> =>
  Layer.unwrap(
    Effect.map(Effect.orDie(readEventStoreSettings(url)), (settings) =>
      layerEventStore({ settings, patience }),
    ),
  )

/**
 * The layer on a double, in the name of a user where it has some: `name:password`, and with that many
 * milliseconds for a call.
 */
export const layerOn = (
  server: TestServer,
  { user, deadline = shortDeadline }: { readonly user?: string; readonly deadline?: number } = {},
): Layer.Layer<EventLog> => {
  const { certificate, connectionString } = server
  const url = user === undefined ? connectionString : connectionString.replace("://", `://${user}@`)
  const ca = certificate === undefined ? "" : `&tlsCAFile=${encodeURIComponent(certificate.file)}`
  return layerAt(`${url}&defaultDeadline=${deadline}${ca}`)
}
