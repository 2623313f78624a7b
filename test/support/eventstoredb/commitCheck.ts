import type { LogRecord, ProposedRecord } from "./LogRecord.ts"

export interface StreamState {
  readonly records: Array<LogRecord>
  /** Older revisions are gone from reads of the stream. */
  truncateBefore: number
  deletion: "none" | "soft" | "tombstone"
}

export type AppendOutcome =
  | { readonly kind: "written" | "repeated"; readonly last: LogRecord | undefined }
  | { readonly kind: "wrong-version"; readonly actual: number | "no_stream" }
  | { readonly kind: "stream-deleted" }

/** The revision that a caller wants the stream to be at. */
export type Expected = number | "any" | "no_stream" | "stream_exists"

/**
 * Whether a write is new, a repeat, or too late, as the leader's index decides it. With a revision
 * the ids that are in the stream after it are compared one by one, for as long as the stream lasts;
 * a write at the last revision is taken without a look at its ids. Without one, only a cache of
 * recent ids can tell a repeat.
 */
export const commitCheck = (
  stream: StreamState | undefined,
  expected: Expected,
  proposed: ReadonlyArray<ProposedRecord>,
  recent: (id: string) => LogRecord | undefined,
  metadataExists: boolean,
): AppendOutcome | { readonly kind: "append" } => {
  const records = stream?.records ?? []
  const current = records.length - 1
  const wrong = { kind: "wrong-version", actual: current < 0 ? "no_stream" : current } as const
  if (stream?.deletion === "tombstone") return { kind: "stream-deleted" }

  if (expected === "any" || expected === "stream_exists") {
    if (expected === "stream_exists") {
      if (stream?.deletion === "soft") return { kind: "stream-deleted" }
      if (current < 0 && !metadataExists) return wrong
    }
    const seen = proposed.map(({ id }) => recent(id))
    if (seen[0] === undefined) return { kind: "append" }
    return seen.includes(undefined) ? wrong : { kind: "repeated", last: seen.at(-1) }
  }

  const revision = expected === "no_stream" ? -1 : expected
  if (revision === current) return { kind: "append" }
  if (revision > current) return wrong
  const there = records.slice(revision + 1, revision + 1 + proposed.length)
  if (proposed.length > 0 && proposed.every(({ id }, index) => there[index]?.id === id)) {
    return { kind: "repeated", last: there.at(-1) }
  }
  return expected === "no_stream" && stream?.deletion === "soft" ? { kind: "append" } : wrong
}
