import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { EventStoreSettings, EventStoreUrlInvalid } from "./eventstoredb/eventStoreSettings.ts"

/** Where the log is: in a data directory, or on a server. */
export class LogPlace extends Context.Service<
  LogPlace,
  | { readonly kind: "embedded"; readonly directory: string }
  | { readonly kind: "eventstore"; readonly settings: EventStoreSettings }
>()("credtrail/LogPlace") {}

/** The server that an address names. */
export const serverAt = Effect.fnUntraced(function* (
  url: string,
): Effect.fn.Return<LogPlace["Service"], EventStoreUrlInvalid> {
  const { readEventStoreSettings } = yield* Effect.promise(
    () => import("./eventstoredb/eventStoreSettings.ts"),
  )
  // Both may come from the environment, where no list of processes shows them.
  const username = yield* Config.option(Config.String("CREDTRAIL_EVENTSTORE_USER")).pipe(
    Effect.orDie, // any text of the environment will do
  )
  const password = yield* Config.option(Config.Redacted("CREDTRAIL_EVENTSTORE_PASSWORD")).pipe(
    Effect.orDie,
  )
  const settings = yield* readEventStoreSettings(url, {
    username: Option.getOrUndefined(username),
    password: Option.getOrUndefined(password),
  })
  return { kind: "eventstore", settings }
})
