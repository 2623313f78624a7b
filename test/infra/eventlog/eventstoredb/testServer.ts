import * as Effect from "effect/Effect"
import type { ServerSettings } from "../../../support/eventstoredb/ServerSettings.ts"
import { TestServer } from "../../../support/eventstoredb/TestServer.ts"

/** A double of EventStoreDB that is gone with the scope. */
export const testServer = (settings: Partial<ServerSettings> = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => TestServer.start(settings)),
    (server) => Effect.promise(() => server.stop()),
  )
