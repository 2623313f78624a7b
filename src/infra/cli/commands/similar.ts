import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Storage } from "../../app/Storage.ts"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { printAnswer } from "../printAnswer.ts"
import { jsonText } from "../render/jsonText.ts"
import { root } from "../root.ts"

export const similar = Command.make(
  "similar",
  {
    what: Argument.String("what").pipe(
      Argument.withDescription("A session, an attacker's address or UUID, or a finding's id"),
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("How many sessions are listed, 1 to 1000; 10 by default"),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
      Flag.withDefault(10),
    ),
    json: flags.json,
  },
  Effect.fn("similar")(function* ({ json, ...query }) {
    const { data } = yield* root
    const { findSimilar } = yield* load(() => import("../../app/findSimilar.ts"))
    const { similarText } = yield* load(() => import("../render/similarText.ts"))
    const storage = yield* Storage
    yield* printAnswer(
      findSimilar(query).pipe(
        Effect.provide(storage.openVectors(data, "read-only")),
        Effect.provide(storage.open(data, "read-only")),
      ),
      (similar) => (json ? jsonText(similar, 2) : similarText(similar)),
    )
  }),
).pipe(Command.withDescription("List the sessions that look like the same hand, and what says so"))
