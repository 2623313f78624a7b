import type { DeadLetters, Retried } from "../../app/deadLetters.ts"
import type { ShownDeadLetter } from "../../app/showDeadLetter.ts"
import { table } from "./table.ts"
import { onOneLine, visible } from "./visible.ts"
import { pageText } from "./wording.ts"

/** A page of dead letters, as a table. */
export const deadLettersTable = (
  { total, deadLetters }: DeadLetters,
  { offset, width }: { readonly offset: number; readonly width: number | undefined },
): string => {
  if (total === 0) return "no dead letters"
  const rows = table(
    [
      "POSITION",
      "TYPE",
      "EVENT",
      "RETRIED",
      "QUARANTINED",
      { title: "BEHIND", align: "right" },
      { title: "REASON", flexible: true },
    ],
    deadLetters.map(({ position, type, eventId, retried, findingId, behind, reason }) => [
      position,
      type,
      eventId,
      retried ? "yes" : "no",
      findingId ?? "no, skipped",
      String(behind),
      onOneLine(reason ?? ""),
    ]),
    width,
  )
  return `${rows}\n\n${pageText(offset, deadLetters.length, total)}`
}

/** What came of a retry. */
export const retriedText = ({ folded, left, released }: Retried): string => {
  const keys = released === 0 ? "" : `, ${released} reuse keys out of quarantine`
  return `${folded} folded, ${left} still cannot be folded${keys}`
}

/** One dead letter, a line for each thing that is known of it. */
export const deadLetterText = (shown: ShownDeadLetter): string => {
  const { quarantine, findingId } = shown
  const aside = findingId === null ? "the event alone" : `its reuse key, finding ${findingId}`
  const standing =
    quarantine === null
      ? []
      : [
          ["principal", quarantine.key.principal === "" ? "(none)" : quarantine.key.principal],
          ["secret", `${quarantine.key.secretKind} ${quarantine.key.secretDigest}`],
          ["stands at", quarantine.since],
          ["waiting", `${shown.waiting} events of this key`],
        ]
  return [
    ["event", shown.eventId],
    ["position", shown.position],
    ["type", shown.type],
    ["stream", `${shown.stream}, revision ${shown.revision}`],
    ["projection", shown.projection],
    ["reason", shown.reason ?? "its reuse key was in quarantine when it came"],
    ["set aside", aside],
    ...standing,
    ["retried", shown.retried ? "yes" : "no"],
    ["now", shown.problem === null ? "it decodes" : shown.problem],
  ]
    .map(([name = "", value = ""]) => `${name.padEnd(12)}${visible(onOneLine(value))}`)
    .join("\n")
}
