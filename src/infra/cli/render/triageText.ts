import type { Decision, Triage } from "../../../projections/queries/triage.ts"
import type { Triaged, TriageInput } from "../../app/triageFindings.ts"
import { visible } from "./visible.ts"
import { timeText } from "./wording.ts"

/** What came of a decision, a line for each finding. */
export const triagedText = (triaged: ReadonlyArray<Triaged>, { type }: TriageInput): string =>
  triaged
    .map(
      ({ findingId, appended }) => `${findingId.slice(0, 8)} ${appended ? done[type] : idle[type]}`,
    )
    .join("\n")

const done: Readonly<Record<TriageInput["type"], string>> = {
  "finding.acknowledged": "acknowledged: back on the queue when it changes",
  "finding.muted": "muted: back on the queue when it reaches a new decky or service",
  "finding.unmuted": "no longer muted",
  "finding.noted": "noted",
  "finding.labelled": "labelled",
  "finding.unlabelled": "no longer labelled so",
}

const idle: Readonly<Record<TriageInput["type"], string>> = {
  ...done,
  "finding.unmuted": "was not muted",
  "finding.labelled": "has this label already",
  "finding.unlabelled": "has no such label",
}

/** What is decided about a finding, as names and texts. */
export const triageLines = ({
  acknowledged,
  muted,
  labels,
  notes,
}: Triage): ReadonlyArray<readonly [string, string]> => [
  ...(labels.length === 0 ? [] : [["labels", labels.join(", ")] as const]),
  ...(acknowledged === null ? [] : [["acknowledged", decisionText(acknowledged)] as const]),
  ...(muted === null ? [] : [["muted", mutedText(muted)] as const]),
  ...notes.map((note) => ["note", `${note.note} (${decisionText(note)})`] as const),
]

const mutedText = (muted: NonNullable<Triage["muted"]>): string => {
  const until = muted.until === null ? "" : `until ${timeText(muted.until)} UTC: `
  return `${until}${muted.reason} (${decisionText(muted)})`
}

const decisionText = ({ at, by }: Decision): string => `${timeText(at)} UTC, ${visible(by)}`
