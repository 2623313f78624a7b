import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import {
  type EventStoreSettings,
  type EventStoreUrlInvalid,
  readEventStoreSettings,
} from "./eventstoredb/eventStoreSettings.ts"

/**
 * How to reach the server with this address. User and password may stand in the environment, where
 * no list of processes shows them.
 */
export const eventStoreOf = Effect.fnUntraced(function* (
  url: string,
): Effect.fn.Return<EventStoreSettings, EventStoreUrlInvalid> {
  const username = yield* Config.option(Config.String("CREDTRAIL_EVENTSTORE_USER")).pipe(
    Effect.orDie, // any text of the environment will do
  )
  const password = yield* Config.option(Config.Redacted("CREDTRAIL_EVENTSTORE_PASSWORD")).pipe(
    Effect.orDie,
  )
  return yield* readEventStoreSettings(url, {
    username: Option.getOrUndefined(username),
    password: Option.getOrUndefined(password),
  })
})
