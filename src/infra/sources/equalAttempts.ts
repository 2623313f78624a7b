import type { CaptureDraft } from "./SourceAdapter.ts"

/**
 * What attempts must have in common for their captures to be one and the same event, the sequence
 * aside: it is what `sequence` counts within. The parts are those of `captureEventId`.
 */
export const attemptKey = (draft: CaptureDraft): string =>
  JSON.stringify([
    draft.sessionId,
    draft.sessionId === null ? draft.service : "",
    draft.observedAt,
    draft.attackerIp,
    draft.principal ?? "",
    draft.secret?.kind,
    draft.secret === null ? null : Buffer.from(draft.secret.bytes).toString("latin1"),
  ])

/** The draft as the `sequence`-th of its equals, the first being 0, which is left unsaid. */
export const withSequence = (draft: CaptureDraft, sequence: number): CaptureDraft =>
  sequence === 0 ? draft : { ...draft, sequence }

/** The attempts of one line, equal ones numbered in the order in which the line lists them. */
export const numbered = (drafts: ReadonlyArray<CaptureDraft>): ReadonlyArray<CaptureDraft> => {
  if (drafts.length < 2) return drafts
  const counts = new Map<string, number>()
  return drafts.map((draft) => {
    const key = attemptKey(draft)
    const sequence = counts.get(key) ?? 0
    counts.set(key, sequence + 1)
    return withSequence(draft, sequence)
  })
}

const maxDistinct = 100_000

/** Numbers equal attempts, where a log's clock is coarse. */
export interface AttemptRun {
  /** Takes note of a record's time, whether it is an attempt or not. */
  readonly at: (time: string) => void
  readonly numbered: (draft: CaptureDraft) => CaptureDraft
}

/**
 * Counts equal attempts in the run of records that bear the same time. Only the run counts, so that a
 * copied stretch of a log numbers its attempts as the original did.
 */
export const attemptRun = (): AttemptRun => {
  let run = ""
  const counts = new Map<string, number>()
  return {
    at: (time) => {
      if (time === run) return
      run = time
      counts.clear()
    },
    numbered: (draft) => {
      const key = attemptKey(draft)
      const sequence = counts.get(key) ?? 0
      if (counts.size >= maxDistinct) counts.clear()
      counts.set(key, sequence + 1)
      return withSequence(draft, sequence)
    },
  }
}
