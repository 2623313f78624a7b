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
