import type { Fingerprint } from "../../domain/session/fingerprint.ts"
import { vectorFromText } from "../../domain/session/vectorText.ts"
import type { VectorRecord } from "./VectorStore.ts"

/** What is kept of a fingerprint: its vector, under the session it is of. */
export const fingerprintRecord = ({
  kind,
  vectorId,
  extractorVersion,
  metric,
  vector,
}: Fingerprint): VectorRecord => ({
  kind,
  id: vectorId,
  version: extractorVersion,
  metric,
  // What has been decoded is a vector; what is not one would be refused for its dimension.
  vector: vectorFromText(vector) ?? [],
})
