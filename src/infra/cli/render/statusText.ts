import type { Status } from "../actions/showStatus.ts"
import { duration } from "./duration.ts"
import { table } from "./table.ts"

/** The status for people. */
export const statusText = (status: Status, now: number): string => {
  const { log, projections, outbox, deadLetters, rejectedLines, processes } = status
  const rejected = rejectedLines.reduce((sum, { count }) => sum + count, 0)
  return [
    `log            ${log.events} events, ${log.layer}, ${log.location}`,
    "",
    table(
      ["PROJECTION", "STATE", "POSITION", "GAP", "LAG", "ERROR"],
      projections.map((projection) => [
        projection.name,
        projection.state,
        projection.position || "beginning",
        String(projection.gap),
        duration(projection.lag),
        projection.error ?? "",
      ]),
    ),
    "",
    `outbox         ${outbox === 0 ? "empty" : `${outbox} announcements wait to be appended`}`,
    `dead letters   ${deadLetters === 0 ? "none" : `${deadLetters} (credtrail dead-letters lists them)`}`,
    `rejected lines ${rejected === 0 ? "none" : `${rejected} (credtrail rejects lists them)`}`,
    ...rejectedLines.map(({ reason, count }) => `  ${reason.padEnd(20)} ${count}`),
    "",
    ...(processes.length === 0 ? ["no process is at work on this data"] : []),
    ...processes.flatMap((process) => [
      `process ${process.pid}  credtrail ${process.command}, for ${duration(now - process.startedAt)}`,
      ...process.actors.map(
        (actor) =>
          `  ${actor.name.padEnd(28)} ${actor.state.padEnd(12)} for ${duration(now - actor.since)}${actor.error === undefined ? "" : `  ${actor.error}`}`,
      ),
    ]),
  ].join("\n")
}
