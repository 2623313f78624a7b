import type { Database } from "better-sqlite3"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Cut } from "../../projections/past/Cut.ts"
import { askReadModels as ask, nothingYetWarning, readModelWarnings } from "./askReadModels.ts"
import type { Moment } from "./moment.ts"
import { Storage } from "./Storage.ts"

// For use cases that still print; goes with the last of them.
export const askReadModels = Effect.fnUntraced(function* <A>(
  data: string,
  query: (database: Database) => A,
  moment?: Moment | undefined,
) {
  const storage = yield* Storage
  const { answer, warnings } = yield* ask(query, moment).pipe(
    Effect.provide(storage.open(data, "read-only")),
  )
  yield* tell(warnings)
  return answer
})

export const warnIfNothingYet = (moment: Moment, cut: Cut): Effect.Effect<void> =>
  tell(nothingYetWarning(moment, cut))

export const warnIfBehind = Effect.flatMap(readModelWarnings, (warnings) => tell(warnings))

const tell = (warnings: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(warnings, (warning) => Console.error(`warning: ${warning}`), { discard: true })
