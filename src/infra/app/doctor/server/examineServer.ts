import * as Effect from "effect/Effect"
import type { EventLog } from "../../../eventlog/EventLog.ts"
import type { EventStoreSettings } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"
import type { Finding } from "../Finding.ts"
import { appendFinding, readFinding } from "./accessFindings.ts"
import { askNode } from "./askNode.ts"
import { clusterFindings } from "./clusterFindings.ts"
import { nodeFindings } from "./nodeFindings.ts"
import { tlsFindings } from "./tlsFindings.ts"

/**
 * Looks at the server of the log and changes nothing there: whether it is to be trusted, answers, and
 * lets this user do what is needed; then what its first node that answers says of itself and of the
 * cluster.
 */
export const examineServer = Effect.fn("examineServer")(function* (
  settings: EventStoreSettings,
): Effect.fn.Return<ReadonlyArray<Finding>, never, EventLog> {
  const tls = yield* tlsFindings(settings)
  const read = yield* readFinding
  const findings = [...tls, read]
  if (read.verdict === "ok") findings.push(yield* appendFinding(settings))
  const host = yield* firstThere(settings)
  if (host === undefined) return findings
  return [
    ...findings,
    ...(yield* nodeFindings(settings, host)),
    ...(yield* clusterFindings(settings, host)),
  ]
})

const firstThere = Effect.fnUntraced(function* (settings: EventStoreSettings) {
  for (const host of settings.hosts) {
    if ((yield* askNode(settings, host, "/info")) !== undefined) return host
  }
  return undefined
})
