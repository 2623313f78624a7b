import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { IngestProblem } from "../../app/ingestFiles.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import type { SecretVault } from "../../secrets/SecretVault.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root } from "../root.ts"
import { showIngesting } from "../showProgress.ts"
import { printAnswer, printWarnings } from "../standardOutput.ts"
import { type FollowingOpening, follow } from "./run.ts"

export const ingest = Command.make("ingest", {
  paths: Argument.String("paths").pipe(
    Argument.withDescription(
      "Files, directories, or - for standard input; compression is recognised",
    ),
    Argument.variadic({ min: 1 }),
  ),
  format: flags.format,
  decky: flags.decky,
  deckies: flags.deckies,
  timezone: flags.timezone,
  follow: Flag.Boolean("follow").pipe(
    Flag.withAlias("f"),
    Flag.withDescription("Keep reading files that grow, rotate or appear"),
    Flag.withDefault(false),
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Preview deckies and attempts without writing anything"),
    Flag.withDefault(false),
  ),
  onPoison: flags.onPoison,
  noPlaintext: flags.noPlaintext,
  noMailAddresses: flags.noMailAddresses,
  json: flags.json,
}).pipe(
  Command.withDescription("Read honeypot logs into the event log and fold them into findings"),
  Command.withExamples([
    { command: "credtrail ingest logs/ --decky '{dir}'", description: "A directory per host" },
    {
      command: "credtrail ingest logs/ --decky '{dir:3}' --dry-run",
      description: "Preview the names of several T-Pots, a directory each",
    },
    {
      command: "credtrail ingest ssh-honeypot.log --decky edge-01 --timezone Europe/Oslo",
      description: "A log whose times carry no zone",
    },
  ]),
)

/** An ingest opens everything; one that follows, only what it needs at first. */
export const runIngest = Effect.fn("ingest")(function* (
  { follow: follows, json, dryRun, ...input }: InputOf<typeof ingest>,
  opening: FollowingOpening & {
    readonly writing: Opening<EventLog | IngestStore | ReadModel | SecretVault>
  },
) {
  const { data } = yield* root
  if (follows && !dryRun) return yield* follow("ingest --follow", { ...input, data }, opening)
  const { ingestFiles, isWorthwhile, planIngest } = yield* load(
    () => import("../../app/ingestFiles.ts"),
  )
  if (dryRun) {
    const { previewIngest } = yield* load(() => import("../../app/previewIngest.ts"))
    const { previewTable } = yield* load(() => import("../render/previewTable.ts"))
    const plan = yield* planIngest({ ...input, data }, process.stdin)
    const { answer, warnings } = yield* previewIngest(plan)
    yield* printAnswer(
      Effect.succeed({ answer: answer.preview, warnings }),
      json ? (preview) => jsonText(preview, 2) : previewTable,
    )
    return yield* failWith(answer.problems, [])
  }
  const { summaryText } = yield* load(() => import("../render/summaryText.ts"))
  const plan = yield* planIngest({ ...input, data }, process.stdin)
  if (!isWorthwhile(plan)) return yield* failWith(plan.problems, plan.warnings)
  const { answer, warnings } = yield* ingestFiles(plan).pipe(
    showIngesting(plan.progress),
    Effect.provide(opening.vectors),
    Effect.provide(opening.writing),
  )
  yield* Console.log(json ? jsonText(answer.summary, 2) : summaryText(answer.summary))
  yield* failWith(answer.problems, warnings)
})

/** Prints warnings and what else went wrong, and fails with the first problem, if there is one. */
const failWith = Effect.fnUntraced(function* (
  [first, ...others]: ReadonlyArray<IngestProblem>,
  warnings: ReadonlyArray<string>,
) {
  yield* printWarnings([...warnings, ...others.map(({ message }) => message)])
  if (first !== undefined) return yield* first
})
