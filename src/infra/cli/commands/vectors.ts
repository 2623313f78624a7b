import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, type VectorsOpening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

const fromOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

export const knn = Command.make("knn", {
  kind: Argument.String("kind").pipe(Argument.withDescription("Among the vectors of this kind")),
  vector: Flag.String("vector").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("A file with the vector to start from: a JSON array of numbers"),
  ),
  k: Flag.Int("k").pipe(
    Flag.withDescription("How many; 10 by default"),
    Flag.withSchema(fromOne),
    Flag.withDefault(10),
  ),
  extractor: Flag.Int("extractor").pipe(
    Flag.withMetavar("VERSION"),
    Flag.withDescription("Among those of this extractor version; by default the latest"),
    Flag.withSchema(fromOne),
    flags.orUndefined,
  ),
  json: flags.json,
}).pipe(Command.withDescription("Show the nearest vectors of one kind to a given vector"))

export const printNearest = Effect.fn("vectors knn")(function* (
  { json, ...input }: InputOf<typeof knn>,
  opening: {
    readonly reading: Opening<EventLog | LogAvailability>
    readonly vectors: VectorsOpening
  },
) {
  const { findNearest } = yield* load(() => import("../../app/findNearest.ts"))
  const { readVector } = yield* load(() => import("../readVector.ts"))
  const { neighboursTable } = yield* load(() => import("../render/vectorsText.ts"))
  const query = { ...input, vector: yield* readVector(input.vector) }
  yield* printAnswer(
    findNearest(query).pipe(Effect.provide(opening.vectors), Effect.provide(opening.reading)),
    (nearest) => (json ? jsonText(nearest, 2) : neighboursTable(nearest.neighbours)),
  )
})

export const vectors = Command.make("vectors", { json: flags.json }).pipe(
  Command.withDescription("Show the vector store: its kinds, how many vectors, its health"),
)

export const printVectors = Effect.fn("vectors")(function* (
  { json }: InputOf<typeof vectors>,
  opening: {
    readonly reading: Opening<EventLog | LogAvailability>
    readonly vectors: VectorsOpening
  },
) {
  const { showVectors } = yield* load(() => import("../../app/showVectors.ts"))
  const { vectorsText } = yield* load(() => import("../render/vectorsText.ts"))
  yield* printAnswer(
    showVectors().pipe(Effect.provide(opening.vectors), Effect.provide(opening.reading)),
    (vectors) => (json ? jsonText(vectors, 2) : vectorsText(vectors)),
  )
})
