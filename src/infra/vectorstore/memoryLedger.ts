import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { vectorLedgerSchema } from "../../projections/vectors/vectorLedger.ts"
import { openDatabase } from "../sqlite/openDatabase.ts"

/** A ledger that goes with its vectors: in memory, until the scope closes. */
export const memoryLedger: Effect.Effect<Database, never, Scope> = Effect.acquireRelease(
  Effect.sync(() =>
    openDatabase("memory", ":memory:", (database) => database.exec(vectorLedgerSchema)),
  ),
  (database) => Effect.sync(() => database.close()),
)
