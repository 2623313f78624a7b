import { extractors } from "./extractors.ts"
import type { Fingerprint } from "./fingerprint.ts"
import type { SessionFacts } from "./SessionFacts.ts"
import { vectorText } from "./vectorText.ts"

/** Whose session it was, and where and when. */
export type SessionNamed = Pick<
  Fingerprint,
  "observedAt" | "decky" | "service" | "attackerIp" | "sessionId" | "vectorId"
>

/** The fingerprints of a session: of each kind one, where there is enough to say something. */
export const fingerprintsOf = (
  session: SessionNamed,
  facts: SessionFacts,
): ReadonlyArray<Fingerprint> => {
  const fingerprints: Array<Fingerprint> = []
  for (const { kind, version, metric, dimension, extract } of extractors) {
    const extracted = extract(facts)
    if (extracted === undefined) continue
    const { vector, madeFrom } = extracted
    fingerprints.push({
      ...session,
      kind,
      extractorVersion: version,
      metric,
      dimension,
      vector: vectorText(vector),
      madeFrom,
    })
  }
  return fingerprints
}
