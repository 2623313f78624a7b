import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PolicyChanged, type RecordedEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import { defaultPolicy, ReusePolicy } from "../../domain/finding/policy.ts"
import { openedByPolicySince } from "../../projections/queries/findingHistory.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { type Answer, UsageError } from "./Answer.ts"
import { appendFact, catchUpWithFact, type NotCaughtUp } from "./appendFact.ts"
import { now } from "./moment.ts"

const stream = "policy-reuse"

/** Reads the policy in force. */
export const currentPolicy = Effect.fn("currentPolicy")(function* (): Effect.fn.Return<
  Answer<ReusePolicy>,
  EventLogUnavailable,
  EventLog
> {
  return { answer: yield* inForce, warnings: [] }
})

/** What of the policy is to be changed. */
export type PolicyChange = { readonly [K in keyof ReusePolicy]: ReusePolicy[K] | undefined }

/** What came of a change of the policy. */
export interface PolicyOutcome {
  /** Whether the policy is another one than before. */
  readonly changed: boolean
  /** The policy in force now. */
  readonly policy: ReusePolicy
  /** The findings that the change has opened; those that were open stay open. */
  readonly findingsOpened: number
}

/** Puts another policy in force from here on, and lets the read models catch up. */
export const changePolicy = Effect.fn("changePolicy")(function* (
  change: PolicyChange,
): Effect.fn.Return<
  Answer<PolicyOutcome>,
  UsageError | EventLogUnavailable | ReadModelUnavailable | NotCaughtUp,
  EventLog | ReadModel
> {
  const { head } = yield* EventLog.use((log) => log.health)
  const changed = yield* appendPolicy(change)
  yield* catchUpWithFact
  const policy = yield* inForce
  const findingsOpened = changed ? yield* openedByPolicy(head) : 0
  return { answer: { changed, policy, findingsOpened }, warnings: [] }
})

const appendPolicy = Effect.fnUntraced(function* (change: PolicyChange) {
  const changedAt = yield* now
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  )
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
          message: `--min-targets is from 2 to ${max}, --attackers-announced from 1 to ${max}`,
        }),
      ),
    onSome: Effect.succeed,
  })

const max = "1000000"

const openedByPolicy = Effect.fnUntraced(function* (since: Position) {
  const readModel = yield* ReadModel
  return yield* readModel.attempt("count what was opened", (database) =>
    openedByPolicySince(database, since),
  )
})

const inForce = Effect.gen(function* () {
  const log = yield* EventLog
  return latest(yield* log.readStream(stream, { direction: "backwards", limit: 1 }))
})

const latest = (events: ReadonlyArray<RecordedEvent>): ReusePolicy =>
  Option.match(Schema.decodeUnknownOption(PolicyChanged)(events[0]?.data), {
    onNone: () => defaultPolicy,
    onSome: ({ policy }) => policy,
  })
