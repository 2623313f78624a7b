import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

const fromOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

export const knn = Command.make(
  "knn",
  {
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
      Flag.optional,
    ),
    json: flags.json,
  },
  Effect.fn("vectors knn")(function* (input) {
    const { data } = yield* root
    const { findNearest } = yield* load(() => import("../../app/findNearest.ts"))
    yield* findNearest({ ...input, data, extractor: Option.getOrUndefined(input.extractor) })
  }),
).pipe(Command.withDescription("Show the vectors of a kind that are the nearest to a given one"))

export const vectors = Command.make(
  "vectors",
  { json: flags.json },
  Effect.fn("vectors")(function* (input) {
    const { data } = yield* root
    const { showVectors } = yield* load(() => import("../../app/showVectors.ts"))
    yield* showVectors({ ...input, data })
  }),
).pipe(Command.withDescription("Show the vector store: its kinds, how many vectors, its health"))
