import type { Database } from "better-sqlite3"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import type { Metric } from "../../domain/session/fingerprint.ts"
import type { Checkpoint } from "../../projections/checkpoint.ts"
import type { PlaceInLog } from "../../projections/vectors/vectorLedger.ts"
import type { VectorRecord, VectorRows } from "../../projections/vectors/vectorsProjection.ts"

/** A vector as it is kept. */
export interface StoredVector extends VectorRecord {
  readonly vector: Float32Array
}

/** Where to look: from this vector, among those of this kind and extractor version. */
export interface VectorQuery {
  readonly kind: string
  readonly version: number
  readonly vector: ArrayLike<number>
}

/** The `k` nearest are wanted. */
export interface KnnQuery extends VectorQuery {
  readonly k: number
}

export interface Neighbour {
  readonly id: string
  readonly distance: number
}

/** What is kept of a kind; its versions in ascending order, those without vectors left out. */
export interface VectorKind {
  readonly kind: string
  readonly metric: Metric
  readonly dimension: number
  readonly vectors: number
  readonly versions: ReadonlyArray<{ readonly version: number; readonly vectors: number }>
}

/** What is kept of a kind, told by a digest: the same where the same is kept. */
export interface KindDigest {
  readonly kind: string
  readonly vectors: number
  /** 16 hexadecimal digits. */
  readonly digest: string
}

/** The store at this moment. */
export interface VectorStoreHealth {
  readonly backend: "sqlite-vec" | "fake" | "null"
  /** The file, where it is kept in one. */
  readonly location: string | null
  readonly kinds: number
  readonly vectors: number
  /** Why this is not the backend that was asked for; `null` where it is. */
  readonly fallback: string | null
  /** Why it cannot be used now; `null` where it can. */
  readonly problem: string | null
}

/** A vector, a name or a query that makes no sense here. Nothing was stored. */
export class VectorRefused extends Schema.TaggedError<VectorRefused>()("VectorRefused", {
  kind: Schema.String,
  id: Schema.NullOr(Schema.String),
  reason: Schema.String,
}) {
  override get message(): string {
    const what = this.id === null ? "" : ` "${this.id}"`
    return `the vector${what} of kind "${this.kind}" was refused: ${this.reason}`
  }
}

/** The vectors cannot be read or written now; `reason` says why and what to do about it. */
export class VectorStoreUnavailable extends Schema.TaggedError<VectorStoreUnavailable>()(
  "VectorStoreUnavailable",
  {
    operation: Schema.String,
    kind: Schema.Literals([
      "disk-full",
      "read-only",
      "busy",
      "corrupt",
      "other-version",
      "other-log",
      "no-extension",
    ]),
    reason: Schema.String,
  },
) {
  override get message(): string {
    return `cannot ${this.operation}: ${this.reason}`
  }
}

type Changed<A> = Effect.Effect<A, VectorRefused | VectorStoreUnavailable>
type Asked<A> = Effect.Effect<A, VectorStoreUnavailable>

/** How a projection reads and writes a ledger, and vectors with it: see `vectorLedgerSchema`. */
export interface VectorTransactions {
  /** Queries the ledger. */
  readonly read: <A>(operation: string, work: (ledger: Database) => A) => Asked<A>
  /** Writes vectors and ledger together, once the work returns. */
  readonly commit: <A>(operation: string, work: (rows: VectorRows) => A) => Asked<A>
}

/** New contents of a store, with a ledger of their own; no query sees them yet. */
export interface NewContents extends VectorTransactions {
  readonly digests: Asked<ReadonlyArray<KindDigest>>
  /**
   * Replaces the old contents by these in one moment, and what was set aside with them. Until then
   * nobody else writes to the store: `finish` is told its checkpoint, may write what is missing up
   * to there, and says where the store goes on from. Where it fails nothing is changed. Whoever uses
   * this very service for something else meanwhile is part of it.
   */
  readonly promote: <E, R>(
    finish: (at: Checkpoint) => Effect.Effect<PlaceInLog, E, R>,
  ) => Effect.Effect<void, E | VectorStoreUnavailable, R>
}

/**
 * Vectors, kept under (kind, id) and found by nearness. Search is exact; equal distances are
 * ordered by id, as JavaScript compares text. The layers that keep something behave alike, and the
 * suite in `test/infra/vectorstore/conformance.ts` is what "alike" means.
 */
export class VectorStore extends Context.Service<
  VectorStore,
  VectorTransactions & {
    /** Keeps a vector, in place of the one that has its kind and id. */
    readonly insert: (record: VectorRecord) => Changed<void>
    /** Keeps all of these or none; of those with one kind and id, the last. */
    readonly insertMany: (records: ReadonlyArray<VectorRecord>) => Changed<void>
    readonly get: (kind: string, id: string) => Changed<StoredVector | undefined>
    /** Returns whether there was something to delete. The dimension of the kind stays. */
    readonly delete: (kind: string, id: string) => Changed<boolean>
    /** The nearest first; fewer than `k` where there are fewer, none where the kind is unknown. */
    readonly knn: (query: KnnQuery) => Changed<ReadonlyArray<Neighbour>>
    /** How many are at most so far away: it tells how common something is. */
    readonly countWithin: (query: VectorQuery & { readonly distance: number }) => Changed<number>
    /** Every kind that there ever was a vector of, by name. */
    readonly kinds: Asked<ReadonlyArray<VectorKind>>
    /** Never fails: what is wrong is in the answer. */
    readonly health: Effect.Effect<VectorStoreHealth>
    /** What is kept, by kind; kinds without vectors are left out. */
    readonly digests: Asked<ReadonlyArray<KindDigest>>
    /**
     * Begins to rebuild one kind, its dimension and metric included, or all of them. What was
     * begun is gone with the scope, and so is the space that is no longer needed. One process does
     * so at a time: beginning again removes what another has begun.
     */
    readonly beginRebuild: (
      only: string | undefined,
    ) => Effect.Effect<NewContents, VectorStoreUnavailable, Scope>
  }
>()("credtrail/VectorStore") {}
