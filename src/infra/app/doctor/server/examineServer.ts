import * as Effect from "effect/Effect"
import type { EventLog } from "../../../eventlog/EventLog.ts"
import type { EventStoreSettings } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"
import type { Check } from "../Check.ts"
import { appendCheck, readCheck } from "./accessChecks.ts"
import { askNode } from "./askNode.ts"
import { clusterChecks } from "./clusterChecks.ts"
import { nodeChecks } from "./nodeChecks.ts"
import { tlsChecks } from "./tlsChecks.ts"

/**
 * Looks at the server of the log and changes nothing there: whether it is to be trusted, answers, and
 * lets this user do what is needed; then what its first node that answers says of itself and of the
 * cluster.
 */
export const examineServer = Effect.fn("examineServer")(function* (
  settings: EventStoreSettings,
): Effect.fn.Return<ReadonlyArray<Check>, never, EventLog> {
  const tls = yield* tlsChecks(settings)
  const read = yield* readCheck
  const checks = [...tls, read]
  if (read.verdict === "ok") checks.push(yield* appendCheck(settings))
  const host = yield* firstThere(settings)
  if (host === undefined) return checks
  return [
    ...checks,
    ...(yield* nodeChecks(settings, host)),
    ...(yield* clusterChecks(settings, host)),
  ]
})

const firstThere = Effect.fnUntraced(function* (settings: EventStoreSettings) {
  for (const host of settings.hosts) {
    if ((yield* askNode(settings, host, "/info")) !== undefined) return host
  }
  return undefined
})
