import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TriageInput } from "../../app/triageFindings.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

const id = Argument.String("id").pipe(
  Argument.withDescription("The finding's id, or its beginning: at least 8 characters"),
)
const ids = id.pipe(Argument.atLeast(1))

export const acknowledge = Command.make("acknowledge", { ids, json: flags.json }).pipe(
  Command.withDescription("Take findings off the queue until they change"),
)
export const mute = Command.make("mute", {
  ids,
  reason: Flag.String("reason").pipe(Flag.withDescription("Why they are of no interest")),
  until: Flag.String("until").pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription("Until when: a time, or 30d for thirty days; for good by default"),
    Flag.optional,
  ),
  json: flags.json,
}).pipe(
  Command.withDescription("Take findings off the queue until they reach a new decky or service"),
)
export const unmute = Command.make("unmute", { ids, json: flags.json }).pipe(
  Command.withDescription("Put muted findings back on the queue"),
)
export const note = Command.make("note", {
  id,
  text: Argument.String("text").pipe(
    Argument.withDescription("What to write down; it stays in the log, so write no secret"),
  ),
  json: flags.json,
}).pipe(Command.withDescription("Write something down about a finding"))
export const label = Command.make("label", {
  id,
  label: Argument.String("label").pipe(Argument.withDescription("The label, in any words")),
  remove: Flag.Boolean("remove").pipe(
    Flag.withDescription("Take the label off"),
    Flag.withDefault(false),
  ),
  json: flags.json,
}).pipe(Command.withDescription("Give a finding a label, or take one off"))

type Writing = Opening<EventLog | ReadModel>

const printTriaged = Effect.fnUntraced(function* (
  found: ReadonlyArray<string>,
  input: TriageInput,
  json: boolean,
  writing: Writing,
) {
  const { parseTriage, triageFindings } = yield* load(() => import("../../app/triageFindings.ts"))
  const { triagedText } = yield* load(() => import("../render/triageText.ts"))
  const query = yield* parseTriage(found, input)
  yield* printAnswer(triageFindings(query).pipe(Effect.provide(writing)), (triaged) =>
    json ? jsonText(triaged, 2) : triagedText(triaged, input),
  )
})

export const printAcknowledged = (
  { ids: found, json }: InputOf<typeof acknowledge>,
  writing: Writing,
) => printTriaged(found, { type: "finding.acknowledged" }, json, writing)

export const printMuted = (
  { ids: found, json, reason, until }: InputOf<typeof mute>,
  writing: Writing,
) =>
  printTriaged(
    found,
    { type: "finding.muted", reason, until: Option.getOrUndefined(until) },
    json,
    writing,
  )

export const printUnmuted = ({ ids: found, json }: InputOf<typeof unmute>, writing: Writing) =>
  printTriaged(found, { type: "finding.unmuted" }, json, writing)

export const printNoted = ({ id: one, json, text }: InputOf<typeof note>, writing: Writing) =>
  printTriaged([one], { type: "finding.noted", note: text }, json, writing)

export const printLabelled = (
  { id: one, json, label: given, remove }: InputOf<typeof label>,
  writing: Writing,
) => {
  const type = remove ? ("finding.unlabelled" as const) : ("finding.labelled" as const)
  return printTriaged([one], { type, label: given }, json, writing)
}
