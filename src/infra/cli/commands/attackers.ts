import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

const identify = Command.make(
  "identify",
  {
    ip: Argument.String("ip").pipe(Argument.withDescription("The attacker's address")),
    uuid: Argument.String("uuid").pipe(Argument.withDescription("Whose address that is")),
    json: flags.json,
  },
  Effect.fn("attackers identify")(function* (input) {
    const { data } = yield* root
    const { identifyAttacker } = yield* load(() => import("../../app/identifyAttacker.ts"))
    yield* identifyAttacker({ ...input, data })
  }),
).pipe(Command.withDescription("Say whose address this is; findings and credentials pick it up"))

export const attackers = Command.make(
  "attackers",
  {
    sort: Flag.Literals("sort", ["attempts", "last-seen", "findings"]).pipe(
      Flag.withDescription("What comes first"),
      Flag.withDefault("attempts"),
    ),
    attacker: flags.attacker,
    asOf: flags.asOf,
    by: flags.by,
    limit: flags.limit,
    offset: flags.offset,
    json: flags.json,
  },
  Effect.fn("attackers")(function* (input) {
    const { data } = yield* root
    const { showAttackers } = yield* load(() => import("../../app/showAttackers.ts"))
    yield* showAttackers({ ...input, data })
  }),
).pipe(
  Command.withDescription("List the addresses that captures came from"),
  Command.withSubcommands([identify]),
)
