import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { Identified } from "../../app/identifyAttacker.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const identify = Command.make("identify", {
  ip: Argument.String("ip").pipe(Argument.withDescription("The attacker's address")),
  uuid: Argument.String("uuid").pipe(Argument.withDescription("The attacker's UUID")),
  json: flags.json,
}).pipe(Command.withDescription("Assign an IP address to a known attacker"))

export const printIdentified = Effect.fn("attackers identify")(function* (
  { json, ...input }: InputOf<typeof identify>,
  writing: Opening<EventLog | ReadModel>,
) {
  const { identifyAttacker, parseIdentity } = yield* load(
    () => import("../../app/identifyAttacker.ts"),
  )
  const identity = yield* parseIdentity(input)
  yield* printAnswer(identifyAttacker(identity).pipe(Effect.provide(writing)), (identified) =>
    json ? jsonText(identified, 2) : identifiedText(identified),
  )
})

const identifiedText = ({ attackerIp, attackerUuid, appended }: Identified): string =>
  `${attackerIp} ${appended ? "is now" : "was already"} known as ${attackerUuid}`

export const attackers = Command.make("attackers", {
  sort: Flag.Literals("sort", ["attempts", "last-seen", "findings"]).pipe(
    Flag.withDescription("Sort order"),
    Flag.withDefault("attempts"),
  ),
  attacker: flags.attacker,
  asOf: flags.asOf,
  by: flags.by,
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
}).pipe(Command.withDescription("List the addresses of attackers"))

export const printAttackers = Effect.fn("attackers")(function* (
  { json, ...input }: InputOf<typeof attackers>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { parseAttackersQuery, showAttackers } = yield* load(
    () => import("../../app/showAttackers.ts"),
  )
  const { attackersTable } = yield* load(() => import("../render/attackersTable.ts"))
  const query = yield* parseAttackersQuery(input)
  yield* printAnswer(showAttackers(query).pipe(Effect.provide(reading)), (list, width) =>
    json ? jsonText(list, 2) : attackersTable(list, { offset: input.offset, width }),
  )
})
