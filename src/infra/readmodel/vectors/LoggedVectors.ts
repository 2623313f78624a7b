import type { VectorRecord } from "../../../projections/vectors/vectorsProjection.ts"
import type { Shape } from "../../vectorstore/checked.ts"
import { kindDigest, vectorDigest } from "../../vectorstore/kindDigest.ts"
import type { KindDigest } from "../../vectorstore/VectorStore.ts"

interface Kind {
  readonly shape: Shape
  /** Of each vector, its digest: the vectors themselves would take up much more room. */
  readonly digests: Map<string, string>
  fingerprints: number
}

/** What the log says that a vector store holds: by kind and id, the last vector. */
export class LoggedVectors {
  readonly #kinds = new Map<string, Kind>()

  put({ kind, id, version, metric, vector }: VectorRecord): void {
    const known = this.#kinds.get(kind)
    const shape = { metric, dimension: vector.length }
    const own = known ?? { shape, digests: new Map<string, string>(), fingerprints: 0 }
    if (known === undefined) this.#kinds.set(kind, own)
    own.digests.set(id, vectorDigest(id, version, Float32Array.from(vector)))
    own.fingerprints++
  }

  kinds(): ReadonlyArray<string> {
    return [...this.#kinds.keys()]
  }

  /** How many of a kind the log has, those that take the place of earlier ones included. */
  fingerprints(kind: string): number {
    return this.#kinds.get(kind)?.fingerprints ?? 0
  }

  /** Whether what a store holds of a kind is what the log says. */
  isLike(kind: string, held: Pick<KindDigest, "vectors" | "digest">): boolean {
    const logged = this.#kinds.get(kind)
    if (logged === undefined) return held.vectors === 0
    const { vectors, digest } = kindDigest(kind, logged.shape, logged.digests.values())
    return vectors === held.vectors && digest === held.digest
  }
}
