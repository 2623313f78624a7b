import type { Database } from "better-sqlite3"
import type { DecodedEvent, EventType } from "../../domain/event/events.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"

/** The decisions of analysts about findings, as rows of `finding_triage`. */
export const triageTypes = [
  "finding.acknowledged",
  "finding.muted",
  "finding.unmuted",
  "finding.noted",
  "finding.labelled",
  "finding.unlabelled",
] as const satisfies ReadonlyArray<EventType>

export type TriageEvent = Extract<DecodedEvent, { readonly type: (typeof triageTypes)[number] }>

/** Adds one decision; `ordinal` is that of its event. */
export type RecordTriage = (event: TriageEvent, ordinal: number) => void

export const makeRecordTriage = (db: Database): RecordTriage => {
  const insert = db.prepare("INSERT INTO finding_triage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
  return (event, ordinal) => {
    const { type, data, recorded } = event
    insert.run(
      data.findingId,
      recorded.position,
      recorded.id,
      type.slice("finding.".length),
      timestampMicros(data.decidedAt),
      data.by,
      textOf(event),
      "until" in data && data.until !== undefined ? timestampMicros(data.until) : null,
      ordinal,
    )
  }
}

const textOf = (event: TriageEvent): string | null => {
  switch (event.type) {
    case "finding.muted":
      return event.data.reason
    case "finding.noted":
      return event.data.note
    case "finding.labelled":
    case "finding.unlabelled":
      return event.data.label
    case "finding.acknowledged":
    case "finding.unmuted":
      return null
  }
}
