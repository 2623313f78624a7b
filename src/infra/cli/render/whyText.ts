import type { Why } from "../../app/showWhy.ts"
import { closingText } from "./closingText.ts"
import { table } from "./table.ts"
import { countText, timeText } from "./wording.ts"

/** Why a finding is one, for people: the captures, one line each, and what opened it. */
export const whyText = (why: Why, width?: number): string => {
  const { findingId, minTargets, openedBy, captures, closed } = why
  const opened =
    openedBy.eventType === "credential.captured"
      ? "the last capture below opened it"
      : `${openedBy.eventType} at ${openedBy.position} opened it`
  const ended = closed === null ? "" : `; closed since: ${closingText(closed)}`
  const rows = table(
    [
      { title: "SEEN (UTC)" },
      { title: "DECKY", flexible: true },
      { title: "SERVICE", flexible: true },
      { title: "ATTACKER", flexible: true },
      { title: "LOG LINE", flexible: true },
      { title: "POSITION" },
      { title: "EVENT", dispensable: true },
      { title: "RECORDED (UTC)", dispensable: true },
    ],
    captures.map((capture) => [
      timeText(capture.observedAt),
      capture.decky,
      capture.service,
      capture.attackerIp ?? "(unknown)",
      capture.source === null ? "-" : `${capture.source.file}:${capture.source.line}`,
      capture.position,
      capture.eventId ?? "-",
      timeText(capture.recordedAt),
    ]),
    width,
  )
  return `finding ${findingId}\nneeds ${countText(minTargets, "target")}; ${opened}${ended}\n\n${rows}`
}
