import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { similarText } from "../cli/render/similarText.ts"
import {
  type FingerprintedSession,
  fingerprintedSessions,
} from "../vectorstore/fingerprintedSessions.ts"
import { type NearInKind, type NearSession, nearSessions } from "../vectorstore/nearSessions.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import { askVectors } from "./askVectors.ts"
import { type Meant, sessionsMeant } from "./sessionsMeant.ts"
import { UsageError } from "./UsageError.ts"

/** A session with who and where beside what was found about it. */
type Told<A extends { readonly id: string }> = A & Partial<FingerprintedSession>

/** The answer of `credtrail similar --json`. */
export interface Similar {
  readonly what: Meant["what"]
  /** The sessions that were compared: the latest, where there are many. */
  readonly compared: ReadonlyArray<FingerprintedSession>
  /** How many sessions were meant. */
  readonly sessionCount: number
  readonly fused: ReadonlyArray<Told<NearSession>>
  readonly kinds: ReadonlyArray<{
    readonly kind: string
    readonly sessions: ReadonlyArray<Told<NearInKind>>
  }>
}

/** More sessions of one attacker or finding than this are not compared. */
const mostCompared = 20

export const findSimilar = Effect.fn("findSimilar")(function* (input: {
  readonly data: string
  readonly what: string
  readonly limit: number
  readonly json: boolean
}) {
  const similar = yield* askVectors(
    input.data,
    Effect.gen(function* () {
      const { backend } = yield* (yield* VectorStore).health
      if (backend === "null") {
        return yield* new UsageError({
          message:
            "no vectors are kept: unset CREDTRAIL_VECTORSTORE_ENABLED and run credtrail ingest",
        })
      }
      const all = yield* fingerprintedSessions
      const { what, sessions } = yield* sessionsMeant(input.what, all)
      const compared = sessions.slice(0, mostCompared)
      const own = sessions.map(({ id }) => id)
      const near = yield* nearSessions(
        compared.map(({ id }) => id),
        new Set(own),
        all.size,
        input.limit,
      )
      const told = <A extends { readonly id: string }>(found: A): Told<A> => ({
        ...all.get(found.id),
        ...found,
      })
      return {
        what,
        compared,
        sessionCount: sessions.length,
        fused: near.fused.map(told),
        kinds: near.kinds.map(({ kind, sessions }) => ({ kind, sessions: sessions.map(told) })),
      } satisfies Similar
    }),
  )
  yield* Console.log(input.json ? jsonText(similar, 2) : similarText(similar))
})
