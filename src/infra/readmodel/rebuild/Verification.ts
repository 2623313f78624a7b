import * as Schema from "effect/Schema"
import type { Position } from "../../../domain/event/position.ts"
import { agree, type TableComparison } from "./Comparison.ts"

/** How a generation that was made anew compares with the live one, both at one position. */
export interface Verification {
  readonly position: Position
  readonly tables: ReadonlyArray<TableComparison>
}

/** The tables in which the generations differ. */
export const disagreements = ({ tables }: Verification): ReadonlyArray<TableComparison> =>
  tables.filter((table) => !agree(table))

const Compared = Schema.declare(
  (value): value is TableComparison => typeof value === "object" && value !== null,
)

/** The generation that was made anew says something else than the live one. */
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
