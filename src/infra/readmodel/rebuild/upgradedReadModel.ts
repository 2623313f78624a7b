import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import { type EventLog, EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { registerProcess } from "../../processes/ProcessRegistry.ts"
import { ReadModel, ReadModelUnavailable } from "../ReadModel.ts"
import { layerCurrent } from "./currentReadModel.ts"
import { disagreements } from "./GenerationDiff.ts"
import { type RebuildProgress, rebuild } from "./rebuild.ts"

/** Shows how far a rebuild is, while it is under way. */
export type ShowProgress = <A, E, R>(
  work: (onProgress: (progress: RebuildProgress) => Effect.Effect<void>) => Effect.Effect<A, E, R>,
) => Effect.Effect<A, E, R>

/** Milliseconds. A batch takes some 300; what goes on beside it gets on in these. */
const pauseBesideOthers = 200

/**
 * The current generation of the read models, for writing. Where an older version of credtrail has
 * made it, it is built anew from the log first; the old one goes on being read, and written to by
 * processes of that version, until the new one takes over. That the two differ is then no reason to
 * refuse: another version may well say more. Where it is `live`, whatever else the process does goes on
 * meanwhile.
 */
export const layerUpgraded = (
  data: string,
  mode: "read-write" | "live",
  showProgress: ShowProgress,
): Layer.Layer<ReadModel, ReadModelUnavailable | EventLogUnavailable, EventLog> => {
  const current = layerCurrent({ data, mode })
  const pause = mode === "live" ? pauseBesideOthers : 0
  return Layer.unwrap(
    Effect.gen(function* () {
      const opened = yield* Effect.result(
        Effect.provide(Effect.asVoid(ReadModel), Layer.fresh(current)),
      )
      if (opened._tag === "Failure") {
        if (opened.failure.kind !== "older-version") return yield* opened.failure
        yield* Effect.scoped(shownUpgrade(data, showProgress, pause))
      }
      return current
    }),
  )
}

const shownUpgrade = Effect.fnUntraced(function* (
  data: string,
  showProgress: ShowProgress,
  pause: number,
) {
  const startedAt = yield* Clock.currentTimeMillis
  const entry = yield* registerProcess(data, "rebuild", startedAt)
  yield* entry.report([{ name: reuseProjectionName, state: "rebuilding", since: startedAt }])
  let told = false
  // Not before it is under way: another process may be at it.
  const tell = Effect.suspend(() => {
    if (told) return Effect.void
    told = true
    return Effect.logInfo(
      "the read models were made by an older version of credtrail: building them anew from the log",
    )
  })
  const { generation, tables } = yield* showProgress((onProgress) =>
    rebuild({
      data,
      onProgress: (progress) =>
        tell.pipe(Effect.andThen(onProgress(progress)), Effect.andThen(Effect.sleep(pause))),
      onCompared: () => Effect.void,
    }),
  ).pipe(Effect.mapError(asUnavailable))
  const differing = disagreements({ tables }).map(({ table }) => table)
  const other = differing.length === 0 ? "" : `; they say something else in ${differing.join(", ")}`
  yield* Effect.logInfo(`generation ${generation} of the read models has taken over${other}`)
})

const asUnavailable = (error: { readonly _tag: string; readonly message: string }) =>
  error instanceof ReadModelUnavailable || error instanceof EventLogUnavailable
    ? error
    : new ReadModelUnavailable({
        operation: "rebuild the read models",
        kind: error._tag === "RebuildBusy" ? "busy" : "older-version",
        reason: error.message,
      })
