import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { rebuiltVectorsText } from "../cli/render/rebuiltVectorsText.ts"
import { tableComparisonsText } from "../cli/render/verificationText.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { registerProcess } from "../processes/ProcessRegistry.ts"
import type { Rebuilt } from "../readmodel/rebuild/rebuild.ts"
import type { Verification } from "../readmodel/rebuild/Verification.ts"
import { now } from "./now.ts"
import { rebuildReadModels } from "./rebuildReadModels.ts"
import { rebuildVectorStore, vectorBackend } from "./rebuildVectorStore.ts"
import { Storage } from "./Storage.ts"
import { UsageError } from "./UsageError.ts"

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
  const tell = (answer: object | undefined) =>
    json ? Console.log(jsonText(answer, 2)) : Effect.void
  yield* Effect.scoped(
    Effect.gen(function* () {
      const startedAt = Date.parse(yield* now)
      const entry = yield* registerProcess(data, "rebuild", startedAt)
      yield* entry.report([{ name: "rebuild", state: "rebuilding", since: startedAt }])
      const readModels = wants("credential-reuse")
        ? yield* rebuildReadModels({ data, acceptDifference })
        : undefined
      if (readModels !== undefined) yield* say(readModelsText(readModels))
      if (backend === undefined) return yield* tell(readModels)
      if (readModels !== undefined) yield* say("")
      const vectors = backend === "sqlite-vec" ? yield* rebuildVectorStore(data) : null
      yield* say(
        vectors === null
          ? `the vector store is ${backend}, which keeps nothing that could be rebuilt`
          : rebuiltVectorsText(vectors),
      )
      yield* tell({ ...readModels, vectors })
    }),
  )
})

const readModelsText = ({
  tables,
  generation,
  previous,
  events,
}: Rebuilt & Pick<Verification, "tables">): string =>
  `${tableComparisonsText(tables)}\n\ngeneration ${generation} is current, made of ${events} events; generation ${previous} is kept for credtrail rollback`
