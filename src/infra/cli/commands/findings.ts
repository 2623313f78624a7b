import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { UsageError } from "../../app/Answer.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer, reasonGiven, revealedIf } from "../standardOutput.ts"
import { passwordOf } from "../typedSecret.ts"

const id = Argument.String("id").pipe(
  Argument.withDescription("The finding's id, or its beginning: at least 8 characters"),
)

export const findingsShow = Command.make("show", {
  id,
  asOf: flags.asOf,
  by: flags.by,
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
  ...flags.revealing,
}).pipe(Command.withDescription("Show one finding: targets, attackers and how it grew"))

export const printFinding = Effect.fn("findings show")(function* (
  { json, reveal, reason, ...input }: InputOf<typeof findingsShow>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { parseFindingQuery, showFinding } = yield* load(() => import("../../app/showFinding.ts"))
  const { findingJson, findingPage } = yield* load(() => import("../render/findingPage.ts"))
  const query = yield* parseFindingQuery(input)
  yield* printAnswer(
    showFinding(query).pipe(
      Effect.provide(reading),
      revealedIf({ reveal, reason }, "findings show"),
    ),
    (finding, width) =>
      json
        ? findingJson(finding)
        : findingPage(finding, {
            width,
            targetOffset: input.offset,
            attackerOffset: input.offset,
            historyOffset: input.offset,
          }),
  )
})

export const findingsHistory = Command.make("history", {
  id,
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
}).pipe(
  Command.withDescription("Show every change of a finding, with its cause and the policy in force"),
)

export const printHistory = Effect.fn("findings history")(function* (
  { json, ...input }: InputOf<typeof findingsHistory>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { showHistory } = yield* load(() => import("../../app/showHistory.ts"))
  const { parseFindingId } = yield* load(() => import("../../app/findingId.ts"))
  const { historyText } = yield* load(() => import("../render/historyText.ts"))
  const query = { ...input, id: yield* parseFindingId(input.id) }
  yield* printAnswer(showHistory(query).pipe(Effect.provide(reading)), (history) =>
    json ? jsonText(history, 2) : historyText(history, { offset: input.offset }),
  )
})

const moment = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("MOMENT"), Flag.withDescription(description))

export const findingsDiff = Command.make("diff", {
  from: moment("from", "The earlier moment: a time or a log position"),
  to: moment("to", "The later moment; now by default").pipe(Flag.withDefault("now")),
  by: flags.by,
  markdown: Flag.Boolean("markdown").pipe(
    Flag.withDescription("Print a report in Markdown"),
    Flag.withDefault(false),
  ),
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
  ...flags.revealing,
}).pipe(Command.withDescription("Show how findings changed between two moments"))

export const printDiff = Effect.fn("findings diff")(function* (
  { json, markdown, reveal, reason, ...input }: InputOf<typeof findingsDiff>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  if (markdown && json) {
    return yield* new UsageError({ message: "give --json or --markdown, not both" })
  }
  const { parseDiffQuery, showDiff } = yield* load(() => import("../../app/showDiff.ts"))
  const { diffJson, diffMarkdown, diffText } = yield* load(() => import("../render/diffText.ts"))
  yield* reasonGiven({ reveal, reason })
  const query = yield* parseDiffQuery(input)
  yield* printAnswer(
    showDiff(query).pipe(Effect.provide(reading), revealedIf({ reveal, reason }, "findings diff")),
    (diff, width) => {
      if (json) return diffJson(diff)
      const view = { offset: input.offset, width }
      return markdown ? diffMarkdown(diff, view) : diffText(diff, view)
    },
  )
})

export const findings = Command.make("findings", {
  sort: Flag.Literals("sort", ["rank", "targets", "attackers", "last-seen"]).pipe(
    Flag.withDescription("Sort order"),
    Flag.withDefault("rank"),
  ),
  service: flags.service,
  decky: flags.deckyFilter,
  attacker: flags.attacker,
  secretKind: flags.secretKind,
  principal: flags.principal,
  secret: flags.secretDigest,
  password: flags.password,
  sha256: flags.sha256,
  minTargets: flags.minTargets,
  minAttackers: flags.minAttackers,
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
  Command.withDescription("List the credentials that are reused across targets"),
  Command.withExamples([
    { command: "credtrail findings --sort attackers --service ssh", description: "By attackers" },
    {
      command: "credtrail findings show 0c3f2a91",
      description: "One finding, by the start of its id",
    },
  ]),
)

export const printFindings = Effect.fn("findings")(function* (
  { json, reveal, reason, ...input }: InputOf<typeof findings>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { parseFindingsQuery, showFindings } = yield* load(
    () => import("../../app/showFindings.ts"),
  )
  const { findingsJson, findingsTable } = yield* load(() => import("../render/findingsTable.ts"))
  yield* reasonGiven({ reveal, reason })
  const password = yield* passwordOf(input.password)
  const query = yield* parseFindingsQuery({ ...input, password })
  yield* printAnswer(
    showFindings(query).pipe(Effect.provide(reading), revealedIf({ reveal, reason }, "findings")),
    (list, width) =>
      json ? findingsJson(list) : findingsTable(list, { offset: input.offset, width }),
  )
})
