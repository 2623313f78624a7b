import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Position } from "../../domain/event/position.ts"
import { readCheckpoint } from "../../projections/checkpoint.ts"
import { countPoison } from "../../projections/deadLetters.ts"
import { countOutbox } from "../../projections/outbox.ts"
import { countQuarantines } from "../../projections/quarantine.ts"
import { projectedTypes, reuseProjectionName } from "../../projections/reuse/reuseProjection.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { statusText } from "../cli/render/statusText.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { askIfThere, LogAvailability } from "../eventlog/LogAvailability.ts"
import { IngestStore } from "../ingest/IngestStore.ts"
import {
  type ActorState,
  type RunningProcess,
  runningProcesses,
} from "../processes/ProcessRegistry.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { attemptRegistry, openRegistry } from "../readmodel/rebuild/Registry.ts"
import { ownLog } from "../vectorstore/ownLog.ts"
import { vectorProjectionName, vectorTypes } from "../vectorstore/projectVectors.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import { Storage } from "./Storage.ts"

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

/** The answer of `credtrail status --json`. */
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

export const showStatus = Effect.fn("showStatus")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  const now = yield* Clock.currentTimeMillis
  const status = yield* readStatus(input.data, now).pipe(
    Effect.provide(storage.open(input.data, "read-only")),
  )
  yield* Console.log(input.json ? jsonText(status, 2) : statusText(status, now))
})

const generationStatus = (data: string): Effect.Effect<GenerationStatus, ReadModelUnavailable> =>
  Effect.suspend(() => {
    const registry = openRegistry(data)
    return attemptRegistry(registry.read).pipe(
      Effect.map(({ current, previous }) => ({
        current: current.no,
        since: current.since,
        previous: previous?.no ?? null,
      })),
      Effect.ensuring(Effect.sync(registry.close)),
    )
  })

const readStatus = Effect.fn("readStatus")(function* (data: string, now: number) {
  const readModel = yield* ReadModel
  const store = yield* IngestStore
  const processes = runningProcesses(data, now)
  const { position, ...counts } = yield* readModel.attempt("count", (database) => ({
    position: readCheckpoint(database, reuseProjectionName).position,
    outbox: countOutbox(database),
    deadLetters: countPoison(database),
    quarantined: countQuarantines(database),
  }))
  return {
    log: yield* logStatus(data),
    projections: [
      yield* projectionStatus(reuseProjectionName, projectedTypes, position, processes, now),
      ...(yield* vectorsStatus(data, processes, now)),
    ],
    generation: yield* generationStatus(data),
    ...counts,
    rejectedLines: yield* store.rejectCounts,
    processes,
  } satisfies Status
})

const logStatus = Effect.fnUntraced(function* (data: string) {
  const storage = yield* Storage
  const log = yield* EventLog
  const place = storage.place(data)
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

/** The vectors' projection, where they outlive the process that projects them. */
const vectorsStatus = Effect.fnUntraced(
  function* (data: string, processes: ReadonlyArray<RunningProcess>, now: number) {
    const storage = yield* Storage
    const position = yield* Effect.gen(function* () {
      const store = yield* VectorStore
      const { backend } = yield* store.health
      if (backend !== "sqlite-vec") return undefined
      yield* askIfThere(ownLog)
      return (yield* store.checkpoint).position
    }).pipe(Effect.provide(storage.openVectors(data, "read-only")))
    if (position === undefined) return []
    return [yield* projectionStatus(vectorProjectionName, vectorTypes, position, processes, now)]
  },
  // That the vectors cannot be had must not keep the rest from being seen.
  Effect.catchTag(["VectorStoreUnavailable", "VectorStoreMisconfigured"], ({ message }) =>
    Effect.succeed([
      {
        name: vectorProjectionName,
        state: "unavailable",
        error: message,
        position: "",
        gap: null,
        lag: null,
      },
    ]),
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
