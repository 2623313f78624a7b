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
import { logPlaceOf } from "../eventlog/logPlaceOf.ts"
import type { LogPlace } from "./LogPlace.ts"
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

const open = Effect.fnUntraced(function* (place: LogPlace, mode: "read-write" | "read-only") {
  const storage = yield* Storage
  return Context.get(yield* Layer.build(storage.openLog(place, mode)), EventLog)
})
