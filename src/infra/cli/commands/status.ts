import * as Clock from "effect/Clock"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root, type VectorsOpening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const status = Command.make("status", { json: flags.json }).pipe(
  Command.withDescription("Show the log, every projection, the outbox, dead letters and rejects"),
)

export const printStatus = Effect.fn("status")(function* (
  { json }: InputOf<typeof status>,
  opening: {
    readonly reading: Opening<EventLog | LogAvailability | IngestStore | ReadModel>
    readonly vectors: VectorsOpening
  },
) {
  const { data } = yield* root
  const { showStatus } = yield* load(() => import("../../app/showStatus.ts"))
  const { statusText } = yield* load(() => import("../render/statusText.ts"))
  const now = yield* Clock.currentTimeMillis
  yield* printAnswer(
    showStatus({ data, vectors: opening.vectors }).pipe(Effect.provide(opening.reading)),
    (shown) => (json ? jsonText(shown, 2) : statusText(shown, now)),
  )
})
