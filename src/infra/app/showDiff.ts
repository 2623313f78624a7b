import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Cut, cutAtPosition } from "../../projections/past/Cut.ts"
import { type FindingsBetween, findingsBetween } from "../../projections/queries/findingsBetween.ts"
import { diffMarkdown } from "../cli/render/diffMarkdown.ts"
import { diffText } from "../cli/render/diffText.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { maskSecretIn } from "../cli/render/maskSecret.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { parseMoment, resolveMoment } from "./moment.ts"
import { now } from "./now.ts"
import { warnIfBehind, warnIfNothingYet } from "./readModels.ts"
import { Storage } from "./Storage.ts"
import { UsageError } from "./UsageError.ts"

/** What is compared: the two moments as they were asked for, and by which time they are meant. */
export interface Compared {
  readonly from: string
  readonly to: string
  readonly by: Cut["by"]
}

/** Shows what became of findings between two moments. The page applies to each kind. */
export const showDiff = Effect.fn("showDiff")(function* (input: {
  readonly data: string
  readonly from: string
  readonly to: Option.Option<string>
  readonly by: Cut["by"]
  readonly markdown: boolean
  readonly limit: number
  readonly offset: number
  readonly json: boolean
  readonly reveal: boolean
}) {
  const { by, limit, offset, reveal } = input
  if (input.markdown && input.json) {
    return yield* new UsageError({ message: "give --json or --markdown, not both" })
  }
  const to = Option.getOrUndefined(input.to)
  const from = yield* parseMoment("--from", input.from, by, "000000")
  const until = yield* parseMoment("--to", to ?? (yield* now), by, "235959")
  const backwards = new UsageError({
    message: `--to ${to ?? "now"} lies before --from ${input.from}`,
  })
  // Two times are compared as such: as far as the log goes, both may mean the same place.
  if ("time" in from && "time" in until && until.time < from.time) return yield* backwards
  const storage = yield* Storage
  const between = yield* Effect.gen(function* () {
    yield* warnIfBehind
    const readModel = yield* ReadModel
    const log = yield* EventLog
    const { head } = yield* log.health
    const start = yield* resolveMoment(from)
    const end =
      to === undefined && by === "recorded-time"
        ? (database: Parameters<typeof cutAtPosition>[0]) => cutAtPosition(database, head)
        : yield* resolveMoment(until)
    const compared = yield* readModel.attempt("be asked", (database) => {
      const cuts = [start(database), end(database)] as const
      if (!isBefore(...cuts)) return undefined
      return { found: findingsBetween(database, ...cuts, { limit, offset }), end: cuts[1] }
    })
    if (compared === undefined) return yield* backwards
    yield* warnIfNothingYet(until, compared.end)
    return compared.found
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  const compared: Compared = { from: input.from, to: to ?? "now", by }
  yield* Console.log(
    input.json
      ? jsonText({ ...compared, ...masked(between, reveal) }, 2)
      : input.markdown
        ? diffMarkdown(compared, between, { offset, reveal })
        : diffText(compared, between, { offset, reveal, width: terminalWidth() }),
  )
})

const isBefore = (from: Cut, to: Cut): boolean =>
  from.by === "event-time"
    ? to.by === "event-time" && from.time <= to.time
    : to.by === "recorded-time" && from.ordinal <= to.ordinal

const masked = (between: FindingsBetween, reveal: boolean) => ({
  ...between,
  opened: between.opened.map((finding) => maskSecretIn(finding, reveal)),
  grown: between.grown.map((finding) => maskSecretIn(finding, reveal)),
  unchanged: between.unchanged.map((finding) => maskSecretIn(finding, reveal)),
})
