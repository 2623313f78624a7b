import * as Effect from "effect/Effect"
import { type NearInKind, type NearSession, nearSessions } from "../vectorstore/nearSessions.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import { UsageError } from "./Answer.ts"
import { type FingerprintedSession, fingerprintedSessions } from "./fingerprintedSessions.ts"
import { type NamedSessions, resolveSessions } from "./resolveSessions.ts"
import { readyVectors } from "./showVectors.ts"

interface SimilarQuery {
  /** A session, an attacker or a finding: see `resolveSessions`. */
  readonly what: string
  readonly limit: number
}

/** What was found about a session, with who and where. */
type Described<A extends { readonly id: string }> = A & Partial<FingerprintedSession>

/** The answer of `credtrail similar --json`. */
export interface Similar {
  readonly what: NamedSessions["what"]
  /** The sessions that were compared: the latest, where there are many. */
  readonly compared: ReadonlyArray<FingerprintedSession>
  /** How many sessions were named. */
  readonly sessionCount: number
  readonly fused: ReadonlyArray<Described<NearSession>>
  readonly kinds: ReadonlyArray<{
    readonly kind: string
    readonly sessions: ReadonlyArray<Described<NearInKind>>
  }>
}

/** More sessions of one attacker or finding than this are not compared. */
const maxCompared = 20

/** Finds the sessions that look like those of a session, an attacker or a finding. */
export const findSimilar = Effect.fn("findSimilar")(function* (query: SimilarQuery) {
  const warnings = yield* readyVectors
  const { backend } = yield* VectorStore.use((store) => store.health)
  if (backend === "null") {
    return yield* new UsageError({
      message: "no vectors are kept: unset CREDTRAIL_VECTORSTORE_ENABLED and run credtrail ingest",
    })
  }
  const all = yield* fingerprintedSessions
  const { what, sessions } = yield* resolveSessions(query.what, all, warnings)
  const compared = sessions.slice(0, maxCompared)
  const near = yield* nearSessions(
    compared.map(({ id }) => id),
    new Set(sessions.map(({ id }) => id)),
    all.size,
    query.limit,
  )
  const describe = <A extends { readonly id: string }>(found: A): Described<A> => ({
    ...all.get(found.id),
    ...found,
  })
  const answer: Similar = {
    what,
    compared,
    sessionCount: sessions.length,
    fused: near.fused.map(describe),
    kinds: near.kinds.map(({ kind, sessions }) => ({ kind, sessions: sessions.map(describe) })),
  }
  return { answer, warnings }
})
