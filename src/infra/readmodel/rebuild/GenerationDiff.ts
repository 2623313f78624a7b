import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import type { Position } from "../../../domain/event/position.ts"
import { readCheckpoint } from "../../../projections/checkpoint.ts"
import { decisionsOf, hasRetried } from "../../../projections/deadLetters.ts"
import type { Decisions } from "../../../projections/foldBatch.ts"
import {
  collectChanged,
  type Mark,
  markEnd,
} from "../../../projections/generationDiff/changedRows.ts"
import { comparedTables, withoutOrder } from "../../../projections/generationDiff/comparedTables.ts"
import { pairNumbers } from "../../../projections/generationDiff/numberPairs.ts"
import {
  type PendingAnnouncements,
  pendingAnnouncements,
} from "../../../projections/generationDiff/pendingAnnouncements.ts"
import { diffTable, type TableDiff } from "../../../projections/generationDiff/tableDiff.ts"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { attemptReadModel, type ReadModelUnavailable } from "../ReadModel.ts"

/** How a rebuilt generation compares with the live one, both at one position. */
export interface Verification {
  readonly position: Position
  readonly tables: ReadonlyArray<TableDiff>
}

/** The tables in which two generations differ. */
export const disagreements = ({ tables }: Pick<Verification, "tables">): ReadonlyArray<TableDiff> =>
  tables.filter(({ differing }) => differing > 0)

const Compared = Schema.declare(
  (value): value is TableDiff => typeof value === "object" && value !== null,
)

/** A rebuilt generation says something else than the live one. */
export class GenerationsDiffer extends Schema.TaggedError<GenerationsDiffer>()(
  "GenerationsDiffer",
  {
    tables: Schema.Array(Schema.String),
    position: Schema.String,
    /** All tables, with the rows in which they differ. */
    compared: Schema.Array(Compared),
  },
) {
  override get message(): string {
    return `the rebuilt read models differ from the live ones at ${this.position || "the beginning"}, in ${this.tables.join(", ")}; nothing was switched. Where the difference is wanted, --accept-difference REASON switches all the same and records it`
  }
}

/** Looks at two generations through a connection that writes to neither. */
export interface GenerationDiff {
  /** Keeps looking at the live generation as it is now. Returns where that is. */
  readonly hold: (projection: string) => Position
  readonly release: () => void
  /** What the live generation has yet to announce, against the outbox of the other one. */
  readonly pendingAnnouncements: () => PendingAnnouncements
  /** Whether the live generation has folded something later than it stands in the log. */
  readonly hasRetried: () => boolean
  /** What the live generation has done about poison events. */
  readonly decisions: (projection: string) => Decisions
  /** Where both generations are in their records of what they folded. */
  readonly mark: () => Mark | undefined
  /** Compares all rows, or those that may have changed since a mark. */
  readonly compare: (since?: Mark) => ReadonlyArray<TableDiff>
  readonly close: () => void
}

/** Opens the files of two generations side by side; nothing is written to them. */
export const openGenerationDiff = (live: string, rebuilt: string): GenerationDiff => {
  const database = openDatabase("generationDiff", ":memory:", (opened) => {
    opened.prepare("ATTACH ? AS live").run(live)
    opened.prepare("ATTACH ? AS rebuilt").run(rebuilt)
    for (const schema of ["live", "rebuilt"]) opened.pragma(`${schema}.cache_size = -16384`)
  })
  const tables = comparedTables(database)
  const lasting = withoutOrder(tables)
  // Commits: the pairs stay, and to the generations nothing was written.
  const release = (): void => {
    if (database.inTransaction) database.exec("COMMIT")
  }
  let isPaired = false
  return {
    hold: (projection) => {
      release()
      database.exec("BEGIN")
      return readCheckpoint(database, projection, "live").position
    },
    release,
    pendingAnnouncements: () => pendingAnnouncements(database),
    hasRetried: () => hasRetried(database, "live"),
    decisions: (projection) => decisionsOf(database, projection, "live"),
    mark: () => markEnd(database, tables),
    compare: (since) => {
      pairNumbers(database, since === undefined || !isPaired)
      isPaired = true
      if (since !== undefined) collectChanged(database, since)
      const isReordered = hasRetried(database, "live") && hasRetried(database, "rebuilt")
      return (isReordered ? lasting : tables).map((table) => diffTable(database, table, since))
    },
    close: () => {
      release()
      database.close()
    },
  }
}

/** The same until the scope closes. */
export const generationDiff = (
  live: string,
  rebuilt: string,
): Effect.Effect<GenerationDiff, ReadModelUnavailable, Scope> =>
  Effect.acquireRelease(
    attemptReadModel("be compared", () => openGenerationDiff(live, rebuilt)),
    (opened) => Effect.sync(opened.close),
  )
