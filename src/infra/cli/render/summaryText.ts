import type { IngestSummary } from "../../app/ingestFiles.ts"

/** The summary for people. */
export const summaryText = (summary: IngestSummary): string => {
  const unchanged = summary.unchangedFiles > 0 ? `, ${summary.unchangedFiles} unchanged` : ""
  const reasons = Object.entries(summary.rejectedByReason).map(
    ([reason, count]) => `  ${reason.padEnd(19)} ${number(count)}`,
  )
  return [
    `files                ${number(summary.files)}${unchanged}`,
    `lines                ${number(summary.lines)}`,
    ...unless0("  blank            ", summary.blankLines, "passed over"),
    ...unless0("NUL bytes          ", summary.nulBytes, "passed over: holes in the files"),
    `captures             ${number(summary.captures)}`,
    ...unless0(
      "  without address  ",
      summary.withoutAddress,
      "hashed, masked or missing in the log",
    ),
    ...unless0("  without service  ", summary.withoutService, "the log does not tell it"),
    `duplicates           ${number(summary.duplicates)}`,
    `rejected             ${number(summary.rejected)}${summary.rejected > 0 ? "  (credtrail rejects lists them)" : ""}`,
    ...reasons,
    `fingerprints         ${number(summary.fingerprints)}`,
    ...unless0(
      "sessions evicted   ",
      summary.sessionsEvicted,
      "too many were open at once to keep them all",
    ),
    `findings opened      ${number(summary.findingsOpened)}`,
    `findings grown       ${number(summary.findingsGrown)}`,
    `seconds              ${summary.seconds.toFixed(1)}`,
  ].join("\n")
}

/** A line that is there only if there is something to say. */
const unless0 = (name: string, count: number, why: string): ReadonlyArray<string> =>
  count === 0 ? [] : [`${name}  ${number(count)}  (${why})`]

const number = (value: number): string => value.toLocaleString("en-US")
