import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ipAddress } from "../../domain/capture/address.ts"
import { schemaVersion } from "../../domain/event/events.ts"
import { AttackerUuid, factEventId } from "../../domain/event/ids.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { appendFact } from "./appendFact.ts"
import { now } from "./now.ts"
import { Storage } from "./Storage.ts"
import { takeUp } from "./takeUp.ts"
import { UsageError } from "./UsageError.ts"

export interface IdentifyInput {
  readonly data: string
  readonly ip: string
  readonly uuid: string
  readonly json: boolean
}

/** Says that an address is an attacker known by a UUID, and lets the read models take it up. */
export const identifyAttacker = Effect.fn("identifyAttacker")(function* (input: IdentifyInput) {
  const attackerIp = ipAddress(input.ip)
  if (attackerIp === undefined) {
    return yield* new UsageError({ message: `"${input.ip}" is not an IP address` })
  }
  const uuid = Schema.decodeUnknownOption(AttackerUuid)(input.uuid.toLowerCase())
  if (uuid._tag === "None") {
    return yield* new UsageError({
      message: `"${input.uuid}" is not a UUID: expected 8-4-4-4-12 hexadecimal digits`,
    })
  }
  const attackerUuid = uuid.value
  const identifiedAt = yield* now
  const storage = yield* Storage
  const appended = yield* Effect.gen(function* () {
    const said = yield* appendFact(`attacker-${attackerIp}`, (events) => {
      const earlier = events.find((event) => event.type === "attacker.identified")
      if (earlier === undefined) {
        return Effect.succeed({
          type: "attacker.identified" as const,
          id: factEventId("attacker.identified", attackerIp, attackerUuid),
          data: { identifiedAt, attackerIp, attackerUuid },
          metadata: { schemaVersion },
        })
      }
      const known = Schema.decodeUnknownOption(Identified)(earlier.data)
      if (known._tag === "Some" && known.value.attackerUuid === attackerUuid) {
        return Effect.succeed(undefined)
      }
      return Effect.fail(
        new UsageError({
          message: `${attackerIp} has already been identified, as ${known._tag === "Some" ? known.value.attackerUuid : "somebody else"}: the first identification stands`,
        }),
      )
    })
    yield* takeUp
    return said
  }).pipe(Effect.provide(storage.open(input.data, "read-write")))
  yield* Console.log(
    input.json
      ? jsonText({ attackerIp, attackerUuid, appended }, 2)
      : appended
        ? `${attackerIp} is now known as ${attackerUuid}`
        : `${attackerIp} was already known as ${attackerUuid}`,
  )
})

const Identified = Schema.Struct({ attackerUuid: Schema.String })
