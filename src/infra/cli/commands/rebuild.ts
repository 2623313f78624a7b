import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { UsageError } from "../../app/Answer.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root, type VectorsOpening } from "../root.ts"
import { showFolding } from "../showProgress.ts"
import { printAnswer } from "../standardOutput.ts"

export const rebuild = Command.make("rebuild", {
  projections: Argument.Literals("projection", ["credential-reuse", "vectors"]).pipe(
    Argument.withDescription("credential-reuse, the read models, or vectors; both by default"),
    Argument.variadic({ min: 0 }),
  ),
  acceptDifference: Flag.String("accept-difference").pipe(
    Flag.withMetavar("REASON"),
    Flag.withDescription("Switch over despite differences, and record who accepted them and why"),
    Flag.optional,
  ),
  json: flags.json,
}).pipe(Command.withDescription("Rebuild in the background, compare, then switch over"))

/** `history` is the log alone: where an older version made the read models, they are not opened. */
export const runRebuild = Effect.fn("rebuild")(function* (
  { json, projections, ...input }: InputOf<typeof rebuild>,
  opening: {
    readonly history: Opening<EventLog>
    readonly writing: Opening<EventLog | ReadModel>
    readonly vectors: VectorsOpening
  },
) {
  const { data } = yield* root
  const wantsReadModels = projections.length === 0 || projections.includes("credential-reuse")
  const wantsVectors = projections.length === 0 || projections.includes("vectors")
  const acceptDifference = Option.getOrUndefined(input.acceptDifference)?.trim()
  if (acceptDifference === "") {
    return yield* new UsageError({
      message: "--accept-difference needs a reason, which is recorded",
    })
  }
  if (acceptDifference !== undefined && !wantsReadModels) {
    return yield* new UsageError({
      message: "--accept-difference is about the read models of credential-reuse alone",
    })
  }
  const { isCurrentOlder } = yield* load(
    () => import("../../readmodel/rebuild/currentReadModel.ts"),
  )
  const app = yield* load(() => import("../../app/rebuildReadModels.ts"))
  const { rebuildVectorStore } = yield* load(() => import("../../app/rebuildVectorStore.ts"))
  const { tableDiffsText } = yield* load(() => import("../render/verificationText.ts"))
  const { rebuiltReadModelsText, rebuiltVectorsText } = yield* load(
    () => import("../render/rebuiltText.ts"),
  )
  const readModels = showFolding(
    Effect.fnUntraced(function* (onProgress) {
      // Opened for writing, older ones would be rebuilt for that alone, and then a second time.
      if (yield* isCurrentOlder(data)) return yield* app.upgradeReadModels({ data, onProgress })
      return yield* app
        .rebuildReadModels({ data, acceptDifference, onProgress })
        .pipe(Effect.provide(opening.writing))
    }),
  ).pipe(
    Effect.tapErrorTag("GenerationsDiffer", ({ compared }) =>
      Console.error(tableDiffsText(compared)),
    ),
  )
  const vectors = showFolding((onProgress) => rebuildVectorStore({ data, onProgress }))
  if (!wantsVectors) {
    return yield* printAnswer(readModels, json ? inJson : rebuiltReadModelsText).pipe(
      Effect.provide(opening.history),
    )
  }
  yield* Effect.gen(function* () {
    if (json) {
      const rebuilt = wantsReadModels ? yield* readModels : { answer: {}, warnings: [] }
      const { answer, warnings } = yield* vectors
      return yield* printAnswer(
        Effect.succeed({
          answer: { ...rebuilt.answer, vectors: answer.rebuilt },
          warnings: [...rebuilt.warnings, ...warnings],
        }),
        inJson,
      )
    }
    if (wantsReadModels) {
      yield* printAnswer(readModels, (rebuilt) => `${rebuiltReadModelsText(rebuilt)}\n`)
    }
    yield* printAnswer(vectors, rebuiltVectorsText)
    // What is misconfigured, or is no data directory, is told before anything is switched.
  }).pipe(Effect.provide(opening.vectors), Effect.provide(opening.history))
})

const inJson = (answer: object): string => jsonText(answer, 2)

export const vectorsRebuild = Command.make("rebuild", {
  kind: Argument.String("kind").pipe(
    Argument.withDescription("Only this kind; all of them by default"),
    Argument.optional,
  ),
  json: flags.json,
}).pipe(Command.withDescription("Rebuild the vectors from the log and free unused space"))

export const runVectorsRebuild = Effect.fn("vectors rebuild")(function* (
  { json, ...input }: InputOf<typeof vectorsRebuild>,
  { history, vectors }: { readonly history: Opening<EventLog>; readonly vectors: VectorsOpening },
) {
  const { data } = yield* root
  const kind = Option.getOrUndefined(input.kind)
  const { rebuildVectorStore } = yield* load(() => import("../../app/rebuildVectorStore.ts"))
  const { nothingToRebuild, rebuiltVectorsText } = yield* load(
    () => import("../render/rebuiltText.ts"),
  )
  const { answer, warnings } = yield* showFolding((onProgress) =>
    rebuildVectorStore({ data, kind, onProgress }),
  ).pipe(Effect.provide(vectors), Effect.provide(history))
  const { backend, rebuilt } = answer
  if (rebuilt === null) return yield* new UsageError({ message: nothingToRebuild(backend) })
  yield* printAnswer(Effect.succeed({ answer, warnings }), () =>
    json ? jsonText({ rebuilt: rebuilt.kinds }, 2) : rebuiltVectorsText(answer),
  )
})
