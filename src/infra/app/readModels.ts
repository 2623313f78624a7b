import type { Database } from "better-sqlite3"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { askReadModels as ask } from "./askReadModels.ts"
import { Storage } from "./Storage.ts"

// For use cases that still print; goes with the last of them.
export const askReadModels = Effect.fnUntraced(function* <A>(
  data: string,
  query: (database: Database) => A,
) {
  const storage = yield* Storage
  const { answer, warnings } = yield* ask(query).pipe(
    Effect.provide(storage.open(data, "read-only")),
  )
  yield* Effect.forEach(warnings, (warning) => Console.error(`warning: ${warning}`))
  return answer
})
