import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { EventLog } from "../../eventlog/EventLog.ts"
import { joinBoard } from "../../process/ProcessBoard.ts"
import { now } from "../now.ts"
import { jsonText } from "../render/jsonText.ts"
import { rebuiltVectorsText } from "../render/rebuiltVectorsText.ts"
import { tableComparisonsText } from "../render/verificationText.ts"
import { Storage } from "../Storage.ts"
import { UsageError } from "../UsageError.ts"
import { rebuildReadModels } from "./rebuildReadModels.ts"
import { rebuildVectorStore, vectorBackend } from "./rebuildVectorStore.ts"

/** What can be rebuilt, named as `credtrail status` names it. */
export type RebuildableProjection = "credential-reuse" | "vectors"

/** Builds projections anew from the log, each beside what is there; all of them if none is named. */
export const rebuildProjections = Effect.fn("rebuildProjections")(function* (input: {
  readonly data: string
  readonly json: boolean
  readonly projections: ReadonlyArray<RebuildableProjection>
  readonly acceptDifference: string | undefined
}) {
  const { data, json, projections, acceptDifference } = input
  const wants = (name: RebuildableProjection) =>
    projections.length === 0 || projections.includes(name)
  if (acceptDifference !== undefined && !wants("credential-reuse")) {
    return yield* new UsageError({
      message: "--accept-difference is about the read models of credential-reuse alone",
    })
  }
  // A directory that was named by mistake is not made, and what is misconfigured is told before
  // anything is switched.
  const storage = yield* Storage
  yield* Effect.provide(EventLog, storage.openLog(storage.place(data), "read-only"))
  const backend = wants("vectors") ? yield* vectorBackend(data) : undefined
  const say = (text: string) => (json ? Effect.void : Console.log(text))
  yield* Effect.scoped(
    Effect.gen(function* () {
      const startedAt = Date.parse(yield* now)
      const board = yield* joinBoard(data, "rebuild", startedAt)
      yield* board.report([{ name: "rebuild", state: "rebuilding", since: startedAt }])
      let readModels: object = {}
      if (wants("credential-reuse")) {
        const rebuilt = yield* rebuildReadModels({ data, acceptDifference })
        const { generation, previous, events, tables } = rebuilt
        yield* say(
          `${tableComparisonsText(tables)}\n\ngeneration ${generation} is current, made of ${events} events; generation ${previous} is kept for credtrail rollback`,
        )
        readModels = rebuilt
      }
      if (backend === undefined)
        return yield* json ? Console.log(jsonText(readModels, 2)) : Effect.void
      const isBoth = wants("credential-reuse")
      if (isBoth) yield* say("")
      const vectors = backend === "sqlite-vec" ? yield* rebuildVectorStore(data) : null
      yield* json
        ? Console.log(jsonText({ ...readModels, vectors }, 2))
        : say(
            vectors === null
              ? `the vector store is ${backend}, which keeps nothing that could be rebuilt`
              : rebuiltVectorsText(vectors),
          )
    }),
  )
})
