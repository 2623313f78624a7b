import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { countDeadLetters, decisionsOf } from "../../../projections/deadLetters.ts"
import { vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import { vectorTypes } from "../../../projections/vectors/vectorsProjection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import {
  type KindDigest,
  VectorStore,
  type VectorStoreUnavailable,
  type VectorTransactions,
} from "../../vectorstore/VectorStore.ts"
import { project } from "../project.ts"
import { LoggedVectors } from "./LoggedVectors.ts"
import { isOwnLog } from "./ownLog.ts"
import { vectorBatch, vectorCheckpoint, vectorSink } from "./projectVectors.ts"
import { retryVectors } from "./retryVectors.ts"

/** One kind before and after a rebuild; a kind that was not there has no vectors and no digest. */
export interface RebuiltKind {
  readonly kind: string
  /** Fingerprints of this kind that the log has. */
  readonly fingerprints: number
  readonly live: Pick<KindDigest, "vectors" | "digest">
  readonly rebuilt: Pick<KindDigest, "vectors" | "digest">
}

/** What a rebuild of the vectors came to. */
export interface RebuiltVectors {
  /** Where in the log the vectors are. */
  readonly position: Position
  /** Events read. */
  readonly events: number
  /** Those that could not be understood or were refused. */
  readonly leftOut: number
  readonly kinds: ReadonlyArray<RebuiltKind>
}

/** What was kept is not what the log has; nothing was changed. */
export class VectorsDiffer extends Schema.TaggedError<VectorsDiffer>()("VectorsDiffer", {
  kinds: Schema.Array(Schema.String),
}) {
  override get message(): string {
    return `the rebuilt vectors are not what the log has, in ${this.kinds.join(", ")}; nothing was switched. Look at the disk: credtrail doctor`
  }
}

export interface RebuildVectorsOptions {
  /** Only this kind; by default all of them. */
  readonly only?: string | undefined
  readonly onProgress: (progress: {
    readonly events: number
    readonly total: number
  }) => Effect.Effect<void>
}

/** Once this close behind the store, the new contents take its write lock and finish. */
const fewEvents = 500
/** Where the store is filled as fast as the new contents follow, its write lock is taken all the same. */
const maxRounds = 8

/**
 * Builds the vectors again from the log beside those that are there, proves that they are what the
 * log has, and replaces the old ones in one moment. They go as far as those that were there, and
 * leave out what those have set aside; where these were made from another log, they go to the end of
 * this one. Otherwise nothing of it is left.
 */
export const rebuildVectors = Effect.fn("rebuildVectors")(function* ({
  only,
  onProgress,
}: RebuildVectorsOptions): Effect.fn.Return<
  RebuiltVectors,
  VectorsDiffer | EventLogUnavailable | VectorStoreUnavailable,
  EventLog | VectorStore
> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const store = yield* VectorStore
      const log = yield* EventLog
      const isOwn = yield* isOwnLog
      const contents = yield* store.beginRebuild(only)
      const total = yield* log.gap(beginning, vectorTypes)
      const logged = new LoggedVectors()
      const noted = noting(contents, logged, only)
      let events = 0

      const follow = Effect.fnUntraced(function* (at: Position) {
        return yield* project(vectorSink(noted), {
          until: isOwn ? { position: at } : "caught-up",
          onPoison: "skip",
          ...(isOwn ? { decisions: yield* decisionsIn(store) } : {}),
          batchSize: vectorBatch,
          onDelivery: (delivery) => {
            events += delivery.events
            if (delivery.events === 0) return Effect.void
            return onProgress({ events, total: Math.max(total, events) })
          },
          // Nobody else projects into the new contents, and no event stops it.
        }).pipe(Effect.catchTag(["CheckpointMoved", "PoisonEvent"], Effect.die))
      })
      for (let round = 0; round < maxRounds; round++) {
        const followed = yield* follow((yield* vectorCheckpoint).position)
        if (round > 0 && followed <= fewEvents) break
      }

      let kinds: ReadonlyArray<RebuiltKind> = []
      yield* contents.promote((at) =>
        Effect.gen(function* () {
          yield* follow(at.position)
          if (isOwn) yield* retryVectors(noted, yield* retriedSince(store, contents))
          kinds = compared(only, yield* store.digests, yield* contents.digests, logged)
          const wrong = kinds.filter(({ kind, rebuilt }) => !logged.isLike(kind, rebuilt))
          if (wrong.length > 0) {
            return yield* new VectorsDiffer({ kinds: wrong.map(({ kind }) => kind) })
          }
          return isOwn ? "own" : "new"
        }),
      )
      const { position } = yield* vectorCheckpoint
      const leftOut = yield* store.read("count dead letters", countDeadLetters)
      return { position, events, leftOut, kinds }
    }),
  )
})

const nothing = { vectors: 0, digest: "" }

const compared = (
  only: string | undefined,
  live: ReadonlyArray<KindDigest>,
  rebuilt: ReadonlyArray<KindDigest>,
  logged: LoggedVectors,
): ReadonlyArray<RebuiltKind> => {
  const find = (digests: ReadonlyArray<KindDigest>, kind: string) => {
    const found = digests.find((digest) => digest.kind === kind)
    return found === undefined ? nothing : { vectors: found.vectors, digest: found.digest }
  }
  const names = new Set([...live, ...rebuilt].map(({ kind }) => kind).concat(logged.kinds()))
  return [...names]
    .filter((kind) => (only ?? kind) === kind)
    .toSorted()
    .map((kind) => ({
      kind,
      fingerprints: logged.fingerprints(kind),
      live: find(live, kind),
      rebuilt: find(rebuilt, kind),
    }))
}

/** The same transactions, that note what is kept: only vectors of the wanted kind. */
const noting = (
  { read, commit }: VectorTransactions,
  logged: LoggedVectors,
  only: string | undefined,
): VectorTransactions => ({
  read,
  commit: (operation, work) =>
    commit(operation, ({ database, put }) =>
      work({
        database,
        put: (record) => {
          if ((only ?? record.kind) !== record.kind) return undefined
          const refused = put(record)
          if (refused === undefined) logged.put(record)
          return refused
        },
      }),
    ),
})

const decisionsIn = ({ read }: VectorTransactions) =>
  read("read what was set aside", (ledger) => decisionsOf(ledger, vectorsProjectionName))

/** What the new contents have set aside and the store has retried since. */
const retriedSince = Effect.fnUntraced(function* (
  store: VectorTransactions,
  contents: VectorTransactions,
) {
  const decisions = yield* decisionsIn(store)
  const setAside = [...(yield* decisionsIn(contents)).values()].filter(({ retried }) => !retried)
  return setAside.filter(({ position }) => decisions.get(position)?.retried === true)
})
