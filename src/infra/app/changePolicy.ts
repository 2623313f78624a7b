import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PolicyChanged, type RecordedEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import { defaultPolicy, ReusePolicy } from "../../domain/finding/policy.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { policyChangeText, policyText } from "../cli/render/policyText.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { appendFact } from "./appendFact.ts"
import { now } from "./now.ts"
import { Storage } from "./Storage.ts"
import { takeUp } from "./takeUp.ts"
import { UsageError } from "./UsageError.ts"

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
  yield* Console.log(input.json ? jsonText(policy, 2) : policyText(policy))
})

/** What of the policy is to be changed. */
export type PolicyChange = { readonly [K in keyof ReusePolicy]: ReusePolicy[K] | undefined }

/** The answer of `credtrail policy set --json`. */
export interface PolicyOutcome {
  /** Whether the policy is another one than before. */
  readonly changed: boolean
  /** The policy in force now. */
  readonly policy: ReusePolicy
  /** The findings that the change has opened; those that were open stay open. */
  readonly findingsOpened: number
}

/** Puts another policy in force from here on, and lets the read models take it up. */
export const changePolicy = Effect.fn("changePolicy")(function* (input: {
  readonly data: string
  readonly json: boolean
  readonly change: PolicyChange
}) {
  const given = Object.fromEntries(
    Object.entries(input.change).filter(([, value]) => value !== undefined),
  )
  if (Object.keys(given).length === 0) {
    return yield* new UsageError({
      message:
        "nothing to change: say what, e.g. --min-targets 3 (see credtrail policy set --help)",
    })
  }
  const storage = yield* Storage
  const outcome = yield* Effect.gen(function* () {
    const log = yield* EventLog
    const { head } = yield* log.health
    const changed = yield* appendPolicy(given)
    yield* takeUp
    const policy = latest(yield* log.readStream(stream, { direction: "backwards", limit: 1 }))
    return { changed, policy, findingsOpened: changed ? yield* openedByPolicy(head) : 0 }
  }).pipe(Effect.provide(storage.open(input.data, "read-write")))
  yield* Console.log(input.json ? jsonText(outcome, 2) : policyChangeText(outcome))
})

const appendPolicy = Effect.fnUntraced(function* (given: Readonly<Record<string, unknown>>) {
  const changedAt = yield* now
  return yield* appendFact(stream, (events) => {
    const present = latest(events.slice(-1))
    return Effect.map(decodePolicy({ ...present, ...given }), (policy) => {
      if (JSON.stringify(policy) === JSON.stringify(present)) return undefined
      const type = "reuse.policy.changed" as const
      return {
        type,
        id: factEventId(type, String(events.length), JSON.stringify(policy)),
        data: { changedAt, policy },
        metadata: { schemaVersion },
      }
    })
  })
})

const decodePolicy = (wanted: unknown): Effect.Effect<ReusePolicy, UsageError> =>
  Option.match(Schema.decodeUnknownOption(ReusePolicy)(wanted), {
    onNone: () =>
      Effect.fail(
        new UsageError({
          message: `--min-targets is from 2 to ${most}, --attackers-announced from 1 to ${most}`,
        }),
      ),
    onSome: Effect.succeed,
  })

const most = "1000000"

const openedByPolicy = Effect.fnUntraced(function* (since: Position) {
  const readModel = yield* ReadModel
  return yield* readModel.attempt(
    "count what was opened",
    (database) =>
      database
        .prepare<[string], number>(
          `SELECT count(*) FROM finding_history
            WHERE position > ? AND change = 'opened' AND event_type = 'reuse.policy.changed'`,
        )
        .pluck()
        .get(since) ?? 0,
  )
})

const latest = (events: ReadonlyArray<RecordedEvent>): ReusePolicy =>
  Option.match(Schema.decodeUnknownOption(PolicyChanged)(events[0]?.data), {
    onNone: () => defaultPolicy,
    onSome: ({ policy }) => policy,
  })
