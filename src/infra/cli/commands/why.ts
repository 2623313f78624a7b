import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { Storage } from "../../app/Storage.ts"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { printAnswer } from "../printAnswer.ts"
import { jsonText } from "../render/jsonText.ts"
import { root } from "../root.ts"

export const why = Command.make(
  "why",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("The finding's id, or its beginning: at least 8 characters"),
    ),
    json: flags.json,
  },
  Effect.fn("why")(function* ({ id, json }) {
    const { data } = yield* root
    const { showWhy } = yield* load(() => import("../../app/showWhy.ts"))
    const { parseFindingId } = yield* load(() => import("../../app/findingId.ts"))
    const { whyText } = yield* load(() => import("../render/whyText.ts"))
    const query = { id: yield* parseFindingId(id) }
    const storage = yield* Storage
    yield* printAnswer(
      showWhy(query).pipe(Effect.provide(storage.open(data, "read-only"))),
      (why, width) => (json ? jsonText(why, 2) : whyText(why, width)),
    )
  }),
).pipe(Command.withDescription("Show the fewest captures that make a finding one"))
