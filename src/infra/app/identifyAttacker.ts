import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ipAddress } from "../../domain/capture/address.ts"
import { type RecordedEvent, schemaVersion } from "../../domain/event/events.ts"
import { AttackerUuid, factEventId } from "../../domain/event/ids.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { ReadModel } from "../readmodel/ReadModel.ts"
import { type Answer, UsageError } from "./Answer.ts"
import { appendFact, catchUpWithFact, type NotCaughtUp } from "./appendFact.ts"
import { now } from "./moment.ts"

/** An address, and the attacker that it is said to belong to. */
export interface Identity {
  readonly attackerIp: string
  readonly attackerUuid: AttackerUuid
}

/** What came of an identification: `appended` says whether it was news. */
export interface Identified extends Identity {
  readonly appended: boolean
}

/** Reads an address and a UUID, in any spelling. */
export const parseIdentity = Effect.fnUntraced(function* (input: {
  readonly ip: string
  readonly uuid: string
}): Effect.fn.Return<Identity, UsageError> {
  const attackerIp = ipAddress(input.ip)
  if (attackerIp === undefined) {
    return yield* new UsageError({ message: `"${input.ip}" is not an IP address` })
  }
  const uuid = Schema.decodeUnknownOption(AttackerUuid)(input.uuid.toLowerCase())
  if (Option.isNone(uuid)) {
    return yield* new UsageError({
      message: `"${input.uuid}" is not a UUID: expected 8-4-4-4-12 hexadecimal digits`,
    })
  }
  return { attackerIp, attackerUuid: uuid.value }
})

/**
 * Assigns an address to a known attacker, and lets the read models catch up. The first
 * identification of an address stands: another one is a {@link UsageError}.
 */
export const identifyAttacker = Effect.fn("identifyAttacker")(function* ({
  attackerIp,
  attackerUuid,
}: Identity): Effect.fn.Return<
  Answer<Identified>,
  UsageError | EventLogUnavailable | NotCaughtUp,
  EventLog | ReadModel
> {
  const identifiedAt = yield* now
  const appended = yield* appendFact(`attacker-${attackerIp}`, (events) => {
    const earlier = identified(events)
    if (earlier === attackerUuid) return Effect.succeed(undefined)
    if (earlier !== undefined) {
      return Effect.fail(
        new UsageError({
          message: `${attackerIp} has already been identified, as ${earlier}: the first identification is kept`,
        }),
      )
    }
    return Effect.succeed({
      type: "attacker.identified" as const,
      id: factEventId("attacker.identified", attackerIp, attackerUuid),
      data: { identifiedAt, attackerIp, attackerUuid },
      metadata: { schemaVersion },
    })
  })
  yield* catchUpWithFact
  return { answer: { attackerIp, attackerUuid, appended }, warnings: [] }
})

/** Who an address belongs to by its stream; `undefined` where nobody has said so. */
const identified = (events: ReadonlyArray<RecordedEvent>): string | undefined => {
  const event = events.find(({ type }) => type === "attacker.identified")
  if (event === undefined) return undefined
  return Option.match(decodeIdentified(event.data), {
    onNone: () => "somebody else",
    onSome: (data) => data.attackerUuid,
  })
}

const decodeIdentified = Schema.decodeUnknownOption(Schema.Struct({ attackerUuid: Schema.String }))
