import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeEvent } from "../../domain/event/codec.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import { beginning, type Position } from "../../domain/event/position.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { fingerprintRecord } from "./fingerprintRecord.ts"
import { LoggedVectors } from "./LoggedVectors.ts"
import { isOwnLog } from "./ownLog.ts"
import { vectorTypes } from "./projectVectors.ts"
import {
  type KindDigest,
  type NewContents,
  type VectorRecord,
  type VectorRefused,
  VectorStore,
  type VectorStoreUnavailable,
} from "./VectorStore.ts"

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

/** How many events are taken in together: while they are, nobody else writes to the store. */
const page = 2_000

/** So few events behind the store, the new contents may hold it up for a moment. */
const fewEvents = 500
/** Where the store is filled as fast as the new contents, it is held up all the same. */
const mostRounds = 8

/**
 * Rebuilds the vectors from the log beside those that are there, proves that they are what the log
 * has, and puts them in their place in one moment. They go as far as those that were there; where
 * these were made from another log, to the end of this one. Otherwise nothing of it is left.
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
      const contents = yield* store.beginAnew(only)
      const total = yield* log.gap(beginning, vectorTypes)
      const logged = new LoggedVectors()
      let last: RecordedEvent | undefined
      let events = 0
      let leftOut = 0

      const follow = Effect.fnUntraced(function* (end: Position | undefined) {
        const before = events
        while (true) {
          const read: ReadonlyArray<RecordedEvent> = yield* log.readAll({
            direction: "forwards",
            limit: page,
            types: vectorTypes,
            ...(last === undefined ? {} : { from: last.position }),
          })
          const upTo = read.filter(({ position }) => end === undefined || position <= end)
          if (upTo.length === 0) break
          const records = yield* recordsOf(upTo)
          const wanted = records.filter(({ kind }) => (only ?? kind) === kind)
          const kept = yield* addAll(contents, wanted)
          for (const record of kept) logged.put(record)
          leftOut += upTo.length - records.length + wanted.length - kept.length
          events += upTo.length
          last = upTo.at(-1)
          yield* onProgress({ events, total: Math.max(total, events) })
          if (upTo.length < page) break
          // So that somebody who wants to stop this is heard.
          yield* Effect.yieldNow
        }
        return events - before
      })
      const endOf = (at: { readonly position: Position }) => (isOwn ? at.position : undefined)
      for (let round = 0; round < mostRounds; round++) {
        const followed = yield* follow(endOf(yield* store.checkpoint))
        if (round > 0 && followed <= fewEvents) break
      }

      let kinds: ReadonlyArray<RebuiltKind> = []
      yield* contents.promote((at) =>
        Effect.gen(function* () {
          yield* follow(endOf(at))
          kinds = compared(only, yield* store.digests, yield* contents.digests, logged)
          const wrong = kinds.filter(({ kind, rebuilt }) => !logged.isLike(kind, rebuilt))
          if (wrong.length > 0) {
            return yield* new VectorsDiffer({ kinds: wrong.map(({ kind }) => kind) })
          }
          return isOwn ? undefined : (last ?? null)
        }),
      )
      const { position } = yield* store.checkpoint
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

const recordsOf = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const records: Array<VectorRecord> = []
  for (const event of events) {
    const decoded = decodeEvent(event)
    if (Result.isFailure(decoded)) {
      yield* Effect.logWarning(`left out: ${decoded.failure.message}`)
    } else if (decoded.success?.type === "attacker.fingerprinted") {
      records.push(fingerprintRecord(decoded.success.data))
    }
  }
  return records
})

/** Adds those that are not refused, and answers which these are. */
const addAll = (
  contents: NewContents,
  records: ReadonlyArray<VectorRecord>,
): Effect.Effect<ReadonlyArray<VectorRecord>, VectorStoreUnavailable> =>
  contents.add(records).pipe(
    Effect.as(records),
    Effect.catchTag("VectorRefused", (refused) =>
      records.length > 1
        ? Effect.map(
            Effect.forEach(records, (record) => addAll(contents, [record])),
            (kept) => kept.flat(),
          )
        : Effect.as(leaveOut(refused), []),
    ),
  )

const leaveOut = ({ message }: VectorRefused) => Effect.logWarning(`left out: ${message}`)
