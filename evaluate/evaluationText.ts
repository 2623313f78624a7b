import type { Evaluation } from "./evaluate.ts"
import type { Measured } from "./measure.ts"
import type { Strangers } from "./strangers.ts"

/** What came out, for people. */
export const evaluationText = (result: Evaluation): string => {
  const { sessions, seconds, indexSeconds, memory, vectors, labels } = result
  const all = Object.values(vectors).reduce((sum, count) => sum + count, 0)
  return [
    `${sessions} sessions read and fingerprinted in ${seconds.toFixed(1)} s (${Math.round(sessions / seconds)} sessions/s)`,
    `${all} vectors indexed in ${indexSeconds.toFixed(1)} s; at most ${Math.round(memory / 1e6)} MB of memory`,
    `vectors: ${Object.entries(vectors)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")}`,
    `labels: ${labels.length} SSH keys that several sessions install (${labels.slice(0, 10).join(", ") || "none"} sessions)`,
    "",
    "Same key among the neighbours from other addresses, the key not shown to the fingerprints",
    "",
    "sessions with three commands or more:",
    ...tableOf(result.scripted),
    "",
    "all sessions:",
    ...tableOf(result.all),
    "",
    "False merges by cred_list of strangers who share a word list that everybody has:",
    strangersText("Mirai's list", result.defaults),
    strangersText("pairs tried from ten addresses or more", result.popular),
  ].join("\n")
}

const tableOf = (kinds: Readonly<Record<string, Measured>>): ReadonlyArray<string> => [
  row(["", "asked", "base rate", "precision@10", "recall"]),
  ...Object.entries(kinds).map(([kind, { asked, baseRate, precision, recall }]) =>
    row([kind, String(asked), ...[baseRate, precision, recall].map(share)]),
  ),
]

const row = ([first = "", ...others]: ReadonlyArray<string>): string =>
  `  ${first.padEnd(16)}${others.map((cell) => cell.padStart(13)).join("")}`

const share = (number: number): string => (Number.isNaN(number) ? "-" : number.toFixed(3))

const strangersText = (list: string, { sessions, sharing, merged }: Strangers): string =>
  `  ${list}: ${sessions} sessions, ${sharing} pairs of strangers share three entries, ${merged} merged`
