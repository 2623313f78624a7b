import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PolicyChanged, type RecordedEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import {
  changedPolicy,
  defaultPolicy,
  type PolicyChange,
  ReusePolicy,
} from "../../domain/finding/policy.ts"
import { changesByPolicySince } from "../../projections/queries/findingHistory.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { type Answer, UsageError } from "./Answer.ts"
import { appendFact, catchUpWithFact, type NotCaughtUp } from "./appendFact.ts"
import { allKindsBut, type ExclusionInput, exclusions, existingKinds } from "./exclusions.ts"
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

/** A change to the policy, as typed. */
export interface PolicyChangeInput extends ExclusionInput {
  readonly minTargets: number | undefined
  readonly excludeEmpty: boolean | undefined
  readonly attackersAnnounced: number | undefined
  readonly followedFromBits: number | undefined
  /** The only kinds that make findings. */
  readonly onlyKinds: ReadonlyArray<string>
  /** Whether to start from the default policy instead of the current one. */
  readonly reset: boolean
}

/** What came of a change of the policy. */
export interface PolicyOutcome {
  /** Whether the policy is another one than before. */
  readonly changed: boolean
  /** The policy that was in force. */
  readonly before: ReusePolicy
  /** The policy in force now. */
  readonly policy: ReusePolicy
  /** The findings that the change has opened or reopened, and those that it has closed. */
  readonly findingsOpened: number
  readonly findingsClosed: number
}

/** A change to the policy, validated as far as possible without opening the data. */
export interface PolicyChangeQuery {
  readonly change: PolicyChange
  readonly onlyKinds: ReadonlyArray<string>
  readonly reset: boolean
}

/** Validates a change to the policy. */
export const parsePolicyChange = Effect.fnUntraced(function* (
  input: PolicyChangeInput,
): Effect.fn.Return<PolicyChangeQuery, UsageError> {
  const { minTargets, excludeEmpty, attackersAnnounced, followedFromBits, onlyKinds, reset } = input
  const excluded = yield* exclusions(input)
  if (onlyKinds.length > 0 && excluded.excludedKinds !== undefined) {
    return yield* new UsageError({
      message: "give either the kinds to exclude or the only kinds to use, not both",
    })
  }
  const change: PolicyChange = {
    minTargets,
    excludeEmpty,
    attackersAnnounced,
    followedFromBits,
    ...excluded,
  }
  const isNothing = Object.values(change).every((value) => value === undefined)
  if (isNothing && onlyKinds.length === 0 && !reset) {
    return yield* new UsageError({
      message: "nothing to change: give a setting (see credtrail policy set --help)",
    })
  }
  return { change, onlyKinds, reset }
})

/** Puts another policy in force from here on, and lets the read models catch up. */
export const changePolicy = Effect.fn("changePolicy")(function* ({
  change: asked,
  onlyKinds,
  reset,
}: PolicyChangeQuery): Effect.fn.Return<
  Answer<PolicyOutcome>,
  UsageError | EventLogUnavailable | ReadModelUnavailable | NotCaughtUp,
  EventLog | ReadModel
> {
  yield* existingKinds(asked)
  const excludedKinds = (yield* allKindsBut(onlyKinds)) ?? asked.excludedKinds
  const change = { ...asked, excludedKinds }
  const { head } = yield* EventLog.use((log) => log.health)
  const before = yield* inForce
  const changed = yield* appendPolicy(change, reset)
  yield* catchUpWithFact
  const policy = yield* inForce
  const { opened, closed } = changed ? yield* changesByPolicy(head) : { opened: 0, closed: 0 }
  const counts = { findingsOpened: opened, findingsClosed: closed }
  return { answer: { changed, before, policy, ...counts }, warnings: [] }
})

const appendPolicy = Effect.fnUntraced(function* (change: PolicyChange, reset: boolean) {
  const changedAt = yield* now
  return yield* appendFact(stream, (events) => {
    const present = latest(events.slice(-1))
    const wanted = changedPolicy(reset ? defaultPolicy : present, change)
    return Effect.map(decodePolicy(wanted), (policy) => {
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
          message: `the minimum of targets must be 2 to ${max}, the attackers announced one by one 1 to ${max}, and the bits from which growth is followed 0 to 65`,
        }),
      ),
    onSome: Effect.succeed,
  })

const max = "1,000,000"

const changesByPolicy = Effect.fnUntraced(function* (since: Position) {
  const readModel = yield* ReadModel
  return yield* readModel.attempt("count what was opened and closed", (database) =>
    changesByPolicySince(database, since),
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
