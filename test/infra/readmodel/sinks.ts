import * as Effect from "effect/Effect"
import { readModelSink, type Sink } from "../../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"
import type { Fold } from "../../../src/projections/Projection.ts"
import { reuseProjection } from "../../../src/projections/reuse/reuseProjection.ts"

/** The database of the current generation, to look into and to break. A switch closes it. */
export const currentDatabase = ReadModel.use(({ attempt }) =>
  attempt("be looked into", (database) => database),
)

/** The projection of findings as a service has it. */
export const announcing = Effect.map(ReadModel, (readModel) =>
  readModelSink(readModel, reuseProjection("announcing")),
)

/** The projection of findings as a rebuild has it. */
export const silent = Effect.map(ReadModel, (readModel) =>
  readModelSink(readModel, reuseProjection("silent")),
)

/** The same projection, folding in another way. */
export const withFold = <E>(sink: Sink<E>, change: (fold: Fold) => Fold): Sink<E> => ({
  ...sink,
  commit: (operation, work) =>
    sink.commit(operation, (database, open) => work(database, () => change(open()))),
})
