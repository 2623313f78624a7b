import * as Effect from "effect/Effect"
import type { LogPlace } from "../app/LogPlace.ts"
import { UsageError } from "../app/UsageError.ts"
import { eventStoreOf } from "./eventStoreOf.ts"
import type { EventStoreUrlInvalid } from "./eventstoredb/eventStoreSettings.ts"

/**
 * The log that is named: `embedded` is that of the data directory, `embedded:DIR` of another one,
 * `eventstore` that of the server of `--eventstore`; anything else is the address of a server.
 */
export const logPlaceOf = Effect.fnUntraced(function* (
  flag: string,
  text: string,
  data: string,
  eventstore: string | undefined,
): Effect.fn.Return<LogPlace, UsageError | EventStoreUrlInvalid> {
  const [, directory] = text === "embedded" ? [text, data] : (/^embedded:(.+)$/s.exec(text) ?? [])
  if (directory !== undefined) return { kind: "embedded", directory }
  if (text === "eventstore" && eventstore === undefined) {
    return yield* new UsageError({
      message: `${flag} eventstore is the server of --eventstore or CREDTRAIL_EVENTSTORE_URL: give its address there`,
    })
  }
  const url = text === "eventstore" ? eventstore : text
  if (url === undefined || !/^[a-z+]+:\/\//.test(url)) {
    // Not quoted: it may be an address with a password in it.
    return yield* new UsageError({
      message: `${flag} names no log: give embedded, embedded:DIR, eventstore, or an address such as esdb://host:2113`,
    })
  }
  return { kind: "eventstore", settings: yield* eventStoreOf(url) }
})
