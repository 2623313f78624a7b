import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PolicyChanged, type RecordedEvent, schemaVersion } from "../../../domain/events.ts"
import { factEventId } from "../../../domain/ids.ts"
import { defaultPolicy, ReusePolicy } from "../../../domain/policy.ts"
import { EventLog } from "../../eventlog/EventLog.ts"
import { catchUp } from "../../readmodel/catchUp.ts"
import { now } from "../now.ts"
import { policyText } from "../render/policyText.ts"
import { Storage } from "../Storage.ts"
import { UsageError } from "../UsageError.ts"
import { appendFact } from "./appendFact.ts"

const stream = "policy-reuse"

/** Shows the policy in force. */
export const showPolicy = Effect.fn("showPolicy")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  const policy = yield* Effect.gen(function* () {
    const log = yield* EventLog
    return latest(yield* log.readStream(stream, { direction: "backwards", limit: 1 }))
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  yield* Console.log(input.json ? JSON.stringify(policy, null, 2) : policyText(policy))
})

/** What of the policy is to be changed. */
export type PolicyChange = { readonly [K in keyof ReusePolicy]: ReusePolicy[K] | undefined }

/** Puts another policy in force from here on, and lets the read models take it up. */
export const changePolicy = Effect.fn("changePolicy")(function* (input: {
  readonly data: string
  readonly json: boolean
  readonly change: PolicyChange
}) {
  const given = Object.entries(input.change).filter(([, value]) => value !== undefined)
  if (given.length === 0) {
    return yield* new UsageError({
      message:
        "nothing to change: say what, e.g. --min-targets 3 (see credtrail policy set --help)",
    })
  }
  const changedAt = yield* now
  const storage = yield* Storage
  const policy = yield* Effect.gen(function* () {
    let wanted: ReusePolicy = defaultPolicy
    yield* appendFact(stream, (events) => {
      const present = latest(events.slice(-1))
      const decoded = Schema.decodeUnknownOption(ReusePolicy)({
        ...present,
        ...Object.fromEntries(given),
      })
      if (Option.isNone(decoded)) {
        return Effect.fail(
          new UsageError({
            message: "--min-targets is at least 2, --attackers-announced at least 1",
          }),
        )
      }
      wanted = decoded.value
      if (JSON.stringify(wanted) === JSON.stringify(present)) return Effect.succeed(undefined)
      const type = "reuse.policy.changed" as const
      return Effect.succeed({
        type,
        id: factEventId(type, String(events.length), JSON.stringify(wanted)),
        data: { changedAt, policy: wanted },
        metadata: { schemaVersion },
      })
    })
    yield* catchUp("stop")
    return wanted
  }).pipe(Effect.provide(storage.open(input.data, "read-write")))
  yield* Console.log(input.json ? JSON.stringify(policy, null, 2) : policyText(policy))
})

const latest = (events: ReadonlyArray<RecordedEvent>): ReusePolicy =>
  Option.match(Schema.decodeUnknownOption(PolicyChanged)(events[0]?.data), {
    onNone: () => defaultPolicy,
    onSome: ({ policy }) => policy,
  })
