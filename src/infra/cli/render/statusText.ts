import type { GenerationStatus, Status } from "../../app/showStatus.ts"
import type { ActorState } from "../../processes/ProcessRegistry.ts"
import { table } from "./table.ts"
import { onOneLine, visible } from "./visible.ts"
import { duration } from "./wording.ts"

/** The status for people. */
export const statusText = (status: Status, now: number): string => {
  const {
    log,
    projections,
    generation,
    outbox,
    deadLetters,
    quarantined,
    rejectedLines,
    processes,
  } = status
  const rejected = rejectedLines.reduce((sum, { count }) => sum + count, 0)
  return [
    `log            ${log.events === null ? "" : `${log.events} events, `}${log.layer}, ${visible(log.location)}${log.answers ? "" : ", which does not answer"}`,
    ...(log.reason === null ? [] : [`               ${onOneLine(visible(log.reason))}`]),
    "",
    table(
      ["PROJECTION", "STATE", "POSITION", "GAP", "LAG", "ERROR"],
      projections.map((projection) => [
        projection.name,
        projection.state,
        projection.position || "beginning",
        projection.gap === null ? "unknown" : String(projection.gap),
        projection.lag === null ? "unknown" : duration(projection.lag),
        onOneLine(projection.error ?? ""),
      ]),
    ),
    "",
    `generation     ${generationText(generation, now)}`,
    `outbox         ${outbox === 0 ? "empty" : `${outbox} announcements wait to be appended`}`,
    `dead letters   ${deadLetters === 0 ? "none" : `${deadLetters} (credtrail dead-letters lists them)`}`,
    ...(quarantined === 0
      ? []
      : [`quarantine     ${quarantined} reuse keys (their findings stand still)`]),
    `rejected lines ${rejected === 0 ? "none" : `${rejected} (credtrail rejects lists them)`}`,
    ...rejectedLines.map(({ reason, count }) => `  ${visible(reason).padEnd(20)} ${count}`),
    "",
    ...(processes.length === 0 ? ["credtrail is not running on this data"] : []),
    ...processes.flatMap((process) => [
      `process ${process.pid}  credtrail ${visible(process.command)}, for ${duration(now - process.startedAt)}`,
      actorLines(process.actors, now),
    ]),
  ].join("\n")
}

const generationText = ({ current, since, previous }: GenerationStatus, now: number): string => {
  const age = since === null ? "" : `, current for ${duration(now - since)}`
  return `${current}${age}${previous === null ? "" : ` (credtrail rollback goes back to ${previous})`}`
}

const actorLines = (actors: ReadonlyArray<ActorState>, now: number): string =>
  table(
    ["ACTOR", "STATE", "FOR", "ERROR"],
    actors.map(({ name, state, since, error }) => [
      name,
      state,
      duration(now - since),
      onOneLine(error ?? ""),
    ]),
  )
