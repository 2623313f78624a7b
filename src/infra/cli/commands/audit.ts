import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const audit = Command.make("audit", { limit: flags.limit, json: flags.json }).pipe(
  Command.withDescription(
    "List who revealed or erased secrets, changed the policy, identified attackers, or muted findings",
  ),
)

export const printAudit = Effect.fn("audit")(function* (
  { json, limit }: InputOf<typeof audit>,
  reading: Opening<EventLog>,
) {
  const { showAudit } = yield* load(() => import("../../app/showAudit.ts"))
  const { auditTable } = yield* load(() => import("../render/auditText.ts"))
  yield* printAnswer(showAudit({ limit }).pipe(Effect.provide(reading)), (answer, width) =>
    json ? jsonText(answer, 2) : auditTable(answer.entries, width),
  )
})
