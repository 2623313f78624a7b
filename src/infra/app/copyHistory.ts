import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type CopyOutcome, copyText } from "../cli/render/copyText.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { showCopying } from "../cli/showCopying.ts"
import { type CopyProgress, copyLog } from "../eventlog/copy/copyLog.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import type { EventStoreUrlInvalid } from "../eventlog/eventstoredb/eventStoreSettings.ts"
import { type LogPlace, serverAt } from "../eventlog/LogPlace.ts"
import { Storage } from "./Storage.ts"
import { UsageError } from "./UsageError.ts"

export interface CopyInput {
  readonly data: string
  readonly eventstore: string | undefined
  readonly from: string
  readonly to: string
  readonly json: boolean
}

/** Copies the history of one log into another, or goes on with that, and compares both. */
export const copyHistory = Effect.fn("copyHistory")(function* (input: CopyInput) {
  const from = yield* logPlaceOf("--from", input.from, input.data, input.eventstore)
  const to = yield* logPlaceOf("--to", input.to, input.data, input.eventstore)
  const startedAt = yield* Clock.currentTimeMillis
  const source = yield* open(from, "read-only")
  const target = yield* open(to, "read-write")
  const locations = { from: yield* source.health, to: yield* target.health }
  if (locations.from.location === locations.to.location) {
    return yield* new UsageError({ message: "--from and --to are the same log" })
  }
  const progress: CopyProgress = { phase: "comparing", total: 0, done: 0 }
  const copied = yield* copyLog(source, target, progress).pipe(showCopying(progress))
  const seconds = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
  const outcome: CopyOutcome = {
    from: locations.from.location,
    to: locations.to.location,
    ...copied,
    seconds,
  }
  yield* Console.log(input.json ? jsonText(outcome, 2) : copyText(outcome))
}, Effect.scoped)

const open = Effect.fnUntraced(function* (
  place: LogPlace["Service"],
  mode: "read-write" | "read-only",
) {
  const storage = yield* Storage
  return Context.get(yield* Layer.build(storage.openLog(place, mode)), EventLog)
})

/**
 * The log that is named: `embedded` is that of the data directory, `embedded:DIR` of another one,
 * `eventstore` that of the server of `--eventstore`; anything else is the address of a server.
 */
const logPlaceOf = Effect.fnUntraced(function* (
  flag: string,
  text: string,
  data: string,
  eventstore: string | undefined,
): Effect.fn.Return<LogPlace["Service"], UsageError | EventStoreUrlInvalid> {
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
  return yield* serverAt(url)
})
