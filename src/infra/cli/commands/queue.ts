import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer, reasonGiven, revealedIf } from "../standardOutput.ts"
import { passwordOf } from "../typedSecret.ts"

export const queue = Command.make("queue", {
  service: flags.service,
  decky: flags.deckyFilter,
  attacker: flags.attacker,
  secretKind: flags.secretKind,
  principal: flags.principal,
  secret: flags.secretDigest,
  password: flags.password,
  sha256: flags.sha256,
  minRank: flags.minRank,
  ratingClass: flags.ratingClass,
  since: flags.since,
  until: flags.until,
  asOf: flags.asOf,
  by: flags.by,
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
  ...flags.revealing,
}).pipe(
  Command.withDescription("List the findings that need a look, and why"),
  Command.withExamples([
    { command: "credtrail queue --min-rank 1", description: "Without what everybody tries" },
    {
      command: "credtrail findings acknowledge 0c3f2a91",
      description: "Seen; back when it changes",
    },
  ]),
)

export const printQueue = Effect.fn("queue")(function* (
  { json, reveal, reason, ...input }: InputOf<typeof queue>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { parseQueueQuery, showQueue } = yield* load(() => import("../../app/showQueue.ts"))
  const { queueTable } = yield* load(() => import("../render/queueTable.ts"))
  yield* reasonGiven({ reveal, reason })
  const password = yield* passwordOf(input.password)
  const query = yield* parseQueueQuery({ ...input, password })
  yield* printAnswer(
    showQueue(query).pipe(Effect.provide(reading), revealedIf({ reveal, reason }, "queue")),
    (list, width) => (json ? jsonText(list, 2) : queueTable(list, { offset: input.offset, width })),
  )
})
