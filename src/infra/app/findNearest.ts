import * as Effect from "effect/Effect"
import { type Neighbour, VectorStore } from "../vectorstore/VectorStore.ts"
import { NotFound } from "./Answer.ts"
import { readyVectors } from "./showVectors.ts"

interface NearestQuery {
  readonly kind: string
  readonly vector: ReadonlyArray<number>
  readonly k: number
  /** The latest version of the extractor, if not given. */
  readonly extractor: number | undefined
}

/** The answer of `credtrail vectors knn --json`. */
export interface Nearest {
  readonly kind: string
  readonly extractorVersion: number
  readonly neighbours: ReadonlyArray<Neighbour>
}

/** Finds the vectors of a kind that are nearest to a given one. */
export const findNearest = Effect.fn("findNearest")(function* (query: NearestQuery) {
  const { kind, vector, k } = query
  const warnings = yield* readyVectors
  const store = yield* VectorStore
  const kinds = yield* store.kinds
  const known = kinds.find((one) => one.kind === kind)
  if (known === undefined) {
    const names = kinds.map((one) => one.kind).join(", ")
    return yield* new NotFound({
      message: `no vectors of kind "${kind}": ${names === "" ? "the store is empty" : `known kinds are ${names}`}`,
      warnings,
    })
  }
  const extractorVersion = query.extractor ?? known.versions.at(-1)?.version ?? 1
  const neighbours = yield* store.knn({ kind, version: extractorVersion, vector, k })
  const answer: Nearest = { kind, extractorVersion, neighbours }
  return { answer, warnings }
})
