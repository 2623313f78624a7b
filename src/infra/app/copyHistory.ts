import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import {
  type Copied,
  type CopyProgress,
  type CopyRefused,
  copyLog,
} from "../eventlog/copy/copyLog.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { EventStoreUrlInvalid } from "../eventlog/eventstoredb/eventStoreSettings.ts"
import { type LogPlace, serverAt } from "../eventlog/LogPlace.ts"
import { type Answer, UsageError } from "./Answer.ts"

/** What came of a copy. */
export interface CopyOutcome extends Copied {
  /** Where the logs are; addresses without credentials. */
  readonly from: string
  readonly to: string
  readonly seconds: number
}

/**
 * Copies the history of one log into another, or goes on with that, and compares both. How far it
 * is can be watched in `progress`, which is changed in place.
 */
export const copyHistory = Effect.fn("copyHistory")(function* (
  source: EventLog["Service"],
  target: EventLog["Service"],
  progress: CopyProgress,
): Effect.fn.Return<Answer<CopyOutcome>, CopyRefused | EventLogUnavailable | UsageError> {
  const startedAt = yield* Clock.currentTimeMillis
  const from = (yield* source.health).location
  const to = (yield* target.health).location
  if (from === to) return yield* new UsageError({ message: "--from and --to are the same log" })
  const copied = yield* copyLog(source, target, progress)
  const seconds = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
  return { answer: { from, to, ...copied, seconds }, warnings: [] }
})

/** What the names of logs refer to. */
export interface NamedPlaces {
  readonly data: string
  /** The address of the server that `eventstore` is. */
  readonly eventstore: string | undefined
}

/**
 * The log that is named: `embedded` is that of the data directory, `embedded:DIR` of another one,
 * `eventstore` that of the server of `--eventstore`; anything else is the address of a server.
 */
export const parseLogPlace = Effect.fnUntraced(function* (
  flag: string,
  text: string,
  { data, eventstore }: NamedPlaces,
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
