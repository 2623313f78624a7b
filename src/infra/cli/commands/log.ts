import * as Context from "effect/Context"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { CopyProgress } from "../../eventlog/copy/copyLog.ts"
import { EventLog } from "../../eventlog/EventLog.ts"
import type { LogPlace } from "../../eventlog/LogPlace.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root } from "../root.ts"
import { showCopying } from "../showProgress.ts"
import { printAnswer } from "../standardOutput.ts"

export const log = Command.make("log").pipe(Command.withDescription("Copy the event log"))

export const logCopy = Command.make("copy", {
  from: Flag.String("from").pipe(
    Flag.withMetavar("LOG"),
    Flag.withDescription("The log to copy: embedded, embedded:DIR, eventstore, or esdb://..."),
  ),
  to: Flag.String("to").pipe(
    Flag.withMetavar("LOG"),
    Flag.withDescription("The log to copy into, likewise; empty, or an earlier copy of the same"),
  ),
  json: flags.json,
}).pipe(
  Command.withDescription(
    "Copy the event log elsewhere, keeping ids, order and times; resumes where it stopped",
  ),
  Command.withExamples([
    {
      command: "credtrail log copy --from embedded --to esdb://db.example:2113",
      description: "From the data directory to a server",
    },
  ]),
)

export const runLogCopy = Effect.fn("log copy")(function* (
  input: InputOf<typeof logCopy>,
  logAt: (place: LogPlace["Service"], mode: "read-only" | "read-write") => Opening<EventLog>,
) {
  const { data, eventstore } = yield* root
  const { copyHistory, parseLogPlace } = yield* load(() => import("../../app/copyHistory.ts"))
  const { copyText } = yield* load(() => import("../render/copyText.ts"))
  const places = { data, eventstore: Option.getOrUndefined(eventstore) }
  const from = yield* parseLogPlace("--from", input.from, places)
  const to = yield* parseLogPlace("--to", input.to, places)
  const source = Context.get(yield* Layer.build(logAt(from, "read-only")), EventLog)
  const target = Context.get(yield* Layer.build(logAt(to, "read-write")), EventLog)
  const progress: CopyProgress = { phase: "comparing", total: 0, done: 0 }
  yield* printAnswer(
    copyHistory(source, target, progress).pipe(showCopying(progress)),
    (outcome) => (input.json ? jsonText(outcome, 2) : copyText(outcome)),
  )
}, Effect.scoped)
