import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Position } from "../../domain/event/position.ts"
import { readCheckpoint } from "../../projections/checkpoint.ts"
import { countPoison } from "../../projections/deadLetters.ts"
import { countOutbox } from "../../projections/outbox.ts"
import { countQuarantines } from "../../projections/quarantine.ts"
import { projectedTypes, reuseProjectionName } from "../../projections/reuse/reuseProjection.ts"
import { vectorsProjectionName } from "../../projections/vectors/vectorLedger.ts"
import { vectorTypes } from "../../projections/vectors/vectorsProjection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { askIfThere, LogAvailability } from "../eventlog/LogAvailability.ts"
import { LogPlace } from "../eventlog/LogPlace.ts"
import { IngestStore } from "../ingest/IngestStore.ts"
import {
  type ActorState,
  type RunningProcess,
  runningProcesses,
} from "../processes/ProcessRegistry.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { attemptRegistry, readGenerations } from "../readmodel/rebuild/GenerationRegistry.ts"
import { requireOwnLog } from "../readmodel/vectors/ownLog.ts"
import { vectorCheckpoint } from "../readmodel/vectors/projectVectors.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import type { Answer } from "./Answer.ts"
import type { VectorsLayer } from "./keptVectors.ts"

/** One projection: its state as its process says, how far it is, and how far behind. */
export interface ProjectionStatus {
  readonly name: string
  readonly state: string
  readonly error: string | null
  readonly position: string
  /** Events it has not taken in yet; `null` where the log cannot be asked. */
  readonly gap: number | null
  /** Milliseconds since the oldest of them was recorded; 0 without a gap, `null` likewise. */
  readonly lag: number | null
}

/** The log; `events` is `null` where it is not counted, `head` where its server does not answer. */
export interface LogStatus {
  readonly layer: string
  readonly location: string
  readonly events: number | null
  readonly head: string | null
  /** Whether it answers. */
  readonly answers: boolean
  /** Why it does not, where that is known. */
  readonly reason: string | null
}

/** The generation of the read models that is current; times in milliseconds since 1970. */
export interface GenerationStatus {
  readonly current: number
  /** When it took over; `null` for the first. */
  readonly since: number | null
  /** The one that can be rolled back to. */
  readonly previous: number | null
}

/** How everything stands that works on some data. */
export interface Status {
  readonly log: LogStatus
  readonly projections: ReadonlyArray<ProjectionStatus>
  readonly generation: GenerationStatus
  readonly outbox: number
  readonly deadLetters: number
  /** Reuse keys that are set aside now. */
  readonly quarantined: number
  readonly rejectedLines: ReadonlyArray<{ reason: string; count: number }>
  readonly processes: ReadonlyArray<RunningProcess>
}

/** What to show the status of. */
export interface StatusRequest<R> {
  readonly data: string
  /** Opens the vectors. That they cannot be had does not keep the rest from being seen. */
  readonly vectors: VectorsLayer<R>
}

/** Shows the log, every projection, what waits, what was set aside, and which processes run. */
export const showStatus = Effect.fn("showStatus")(function* <R>({
  data,
  vectors,
}: StatusRequest<R>): Effect.fn.Return<
  Answer<Status>,
  EventLogUnavailable | ReadModelUnavailable,
  EventLog | LogAvailability | LogPlace | ReadModel | IngestStore | R
> {
  const now = yield* Clock.currentTimeMillis
  const readModel = yield* ReadModel
  const store = yield* IngestStore
  const processes = runningProcesses(data, now)
  const { position, ...counts } = yield* readModel.attempt(
    "count outbox and dead letters",
    (database) => ({
      position: readCheckpoint(database, reuseProjectionName).position,
      outbox: countOutbox(database),
      deadLetters: countPoison(database),
      quarantined: countQuarantines(database),
    }),
  )
  const ofVectors = yield* vectorsStatus(vectors, processes, now)
  const warnings: Array<string> = []
  const counted = yield* store.rejectCounts.pipe(
    Effect.catch(({ message }) => {
      warnings.push(`rejected lines are not counted: ${message}`)
      return Effect.succeed(null)
    }),
  )
  const answer = {
    log: yield* logStatus,
    projections: [
      yield* projectionStatus(reuseProjectionName, projectedTypes, position, processes, now),
      ...ofVectors.projections,
    ],
    generation: yield* generationStatus(data),
    ...counts,
    deadLetters: counts.deadLetters + ofVectors.deadLetters,
    rejectedLines: counted ?? [],
    processes,
  }
  return { answer, warnings }
})

const generationStatus = (data: string): Effect.Effect<GenerationStatus, ReadModelUnavailable> =>
  attemptRegistry(() => {
    const { current, previous } = readGenerations(data)
    return { current: current.no, since: current.since, previous: previous?.no ?? null }
  })

const logStatus = Effect.gen(function* () {
  const log = yield* EventLog
  const place = yield* LogPlace
  const health = yield* place.kind === "embedded" ? log.health : askIfThere(log.health)
  if (health !== undefined) return { ...health, answers: true, reason: null }
  const location = place.kind === "embedded" ? place.directory : place.settings.location
  const { away } = yield* LogAvailability
  return {
    layer: "eventstoredb",
    location,
    events: null,
    head: null,
    answers: false,
    reason: away ?? null,
  }
})

/** The vectors' projection and what it has set aside, where they outlive their process. */
const vectorsStatus = Effect.fnUntraced(
  function* <R>(vectors: VectorsLayer<R>, processes: ReadonlyArray<RunningProcess>, now: number) {
    const there = yield* Effect.gen(function* () {
      const store = yield* VectorStore
      const { backend } = yield* store.health
      if (backend !== "sqlite-vec") return undefined
      yield* askIfThere(requireOwnLog)
      const { position } = yield* vectorCheckpoint
      return { position, deadLetters: yield* store.read("count dead letters", countPoison) }
    }).pipe(Effect.provide(vectors))
    if (there === undefined) return { projections: [], deadLetters: 0 }
    const { position, deadLetters } = there
    return {
      projections: [
        yield* projectionStatus(vectorsProjectionName, vectorTypes, position, processes, now),
      ],
      deadLetters,
    }
  },
  // That the vectors cannot be had must not keep the rest from being seen.
  Effect.catchTag(["VectorStoreUnavailable", "VectorStoreMisconfigured"], ({ message }) =>
    Effect.succeed({
      projections: [
        {
          name: vectorsProjectionName,
          state: "unavailable",
          error: message,
          position: "",
          gap: null,
          lag: null,
        },
      ],
      deadLetters: 0,
    }),
  ),
)

const projectionStatus = (
  name: string,
  types: ReadonlyArray<string>,
  position: Position,
  processes: ReadonlyArray<RunningProcess>,
  now: number,
): Effect.Effect<ProjectionStatus, EventLogUnavailable, EventLog | LogAvailability> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const waiting = yield* askIfThere(
      Effect.gen(function* () {
        const gap = yield* log.gap(position, types)
        const [next] = yield* log.readAll({
          direction: "forwards",
          from: position,
          limit: 1,
          types,
        })
        return { gap, lag: next === undefined ? 0 : Math.max(0, now - next.recordedAt) }
      }),
    )
    const actor = liveActor(name, processes)
    return {
      name,
      state: actor?.state ?? "stopped",
      error: actor?.error ?? null,
      position,
      gap: waiting?.gap ?? null,
      lag: waiting?.lag ?? null,
    }
  })

// Where several processes project, the one that has been in its state the longest is shown.
const liveActor = (
  name: string,
  processes: ReadonlyArray<RunningProcess>,
): ActorState | undefined =>
  processes
    .flatMap((process) => process.actors)
    .filter((actor) => actor.name === name)
    .sort((a, b) => a.since - b.since)[0]
