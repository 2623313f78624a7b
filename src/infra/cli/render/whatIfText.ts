import type { Subset } from "../../../projections/whatIf/Subset.ts"
import type { Example, Kind } from "../../../projections/whatIf/whatIf.ts"
import type { AnsweredOutcome, AnsweredWhatIf } from "../../app/askWhatIf.ts"
import { secretText } from "./secretText.ts"
import { type Column, type ListView, table } from "./table.ts"
import { jsonText, visible } from "./visible.ts"
import { countText, pageText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "FINDING" },
  { title: "SECRET", flexible: true },
  { title: "PRINCIPAL", flexible: true },
  { title: "TARGETS", align: "right" },
  { title: "ATTACKERS", align: "right" },
  { title: "ATTEMPTS", align: "right" },
]

const policyColumns: ReadonlyArray<Column> = [
  { title: "POLICY", flexible: true },
  { title: "FINDINGS", align: "right" },
  { title: "APPEAR", align: "right" },
  { title: "DISAPPEAR", align: "right" },
  { title: "CHANGE", align: "right" },
  { title: "UNCHANGED", align: "right" },
]

/** What would be different, for people: a line for each policy, then examples of each kind. */
export const whatIfText = (answered: AnsweredWhatIf, view: ListView): string => {
  const { position, subset, captureCount, presentCount, outcomes } = answered
  return [
    visible(
      `at ${position || "the beginning"}: ${countText(presentCount, "finding")}; what-if over ${countText(captureCount, "capture")}${subsetText(subset)}`,
    ),
    table(policyColumns, outcomes.map(counts), view.width),
    ...outcomes.flatMap((outcome) => sections(outcome, outcomes.length > 1, view)),
  ].join("\n\n")
}

/** The same as JSON. */
export const whatIfJson = (answered: AnsweredWhatIf): string => jsonText(answered, 2)

const policyName = ({ asked }: AnsweredOutcome): string => asked ?? "as it was"

const counts = (outcome: AnsweredOutcome): ReadonlyArray<string> => [
  policyName(outcome),
  String(outcome.findingCount),
  String(outcome.appear.count),
  String(outcome.disappear.count),
  String(outcome.change.count),
  String(outcome.unchangedCount),
]

const sections = (
  outcome: AnsweredOutcome,
  isNamed: boolean,
  view: ListView,
): ReadonlyArray<string> => {
  const name = isNamed ? `${policyName(outcome)}: ` : ""
  const section = (title: string, { count, examples }: Kind): ReadonlyArray<string> =>
    count === 0
      ? []
      : [
          visible(`${name}${title}, ${pageText(0, examples.length, count)}`),
          table(
            columns,
            examples.map((example) => cells(example)),
            view.width,
          ),
        ]
  return [
    ...section("would appear", outcome.appear),
    ...section("would disappear", outcome.disappear),
    ...section("would change", outcome.change),
  ]
}

const cells = ({ id, secret, principal, present, whatIf }: Example) => [
  id.slice(0, 8),
  secretText(secret),
  principal,
  fromTo(present.targetCount, whatIf.targetCount),
  fromTo(present.attackerCount, whatIf.attackerCount),
  fromTo(present.attemptCount, whatIf.attemptCount),
]

const fromTo = (present: number, other: number): string =>
  present === other ? String(present) : `${present} → ${other}`

const subsetText = (subset: Subset): string => {
  const { since, until, services, deckies, ignoredDeckies } = subset
  const named = (what: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
    names.length === 0 ? [] : [`${what} ${names.join(", ")}`]
  return [
    ...(since === undefined ? [] : [` since ${timeText(since)}`]),
    ...(until === undefined ? [] : [` until ${timeText(until)}`]),
    ...named(" on service", services),
    ...named(" on decky", deckies),
    ...named(" not on decky", ignoredDeckies),
  ].join(",")
}
