import { cutToWidth, displayWidth } from "./displayWidth.ts"
import { visible } from "./visible.ts"

/** A column of a table; where it is nothing special, its title alone will do. */
export interface Column {
  readonly title: string
  /** Numbers stand on the right. */
  readonly align?: "left" | "right"
  /** Whether its cells may be cut where the table is too wide. */
  readonly flexible?: boolean
  /** Whether the column is left out where cutting is not enough; the last such column goes first. */
  readonly dispensable?: boolean
}

const gap = "  "
const narrowest = 8 // columns that a cut cell keeps

/**
 * Columns of text, aligned by the width the characters have on the terminal, of at most `width`
 * columns where that is given and can be reached. The cells may be of any origin: what they must
 * not do to a terminal is escaped. Answers lines without a line end after the last.
 */
export const table = (
  columns: ReadonlyArray<Column | string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  width?: number,
): string => {
  const whole = columns.map((given, index) => {
    const column = typeof given === "string" ? { title: given } : given
    const cells = [column.title, ...rows.map((row) => row[index] ?? "")].map(visible)
    return { column, cells, width: Math.max(...cells.map(displayWidth)) }
  })
  const fitted = width === undefined ? whole : cutColumns(withinReach(whole, width), width)
  return ["", ...rows].map((_, line) => lineOf(fitted, line)).join("\n")
}

interface Filled {
  readonly column: Column
  readonly cells: ReadonlyArray<string>
  readonly width: number
}

const least = ({ column, width }: Filled): number =>
  column.flexible === true ? Math.min(width, Math.max(narrowest, column.title.length)) : width

const sum = (widths: ReadonlyArray<number>): number =>
  widths.reduce((total, width) => total + width + gap.length, -gap.length)

/** Leaves out dispensable columns until the others can be made to fit. */
const withinReach = (columns: ReadonlyArray<Filled>, width: number): ReadonlyArray<Filled> => {
  const last = columns.findLastIndex(({ column }) => column.dispensable === true)
  if (last === -1 || sum(columns.map(least)) <= width) return columns
  return withinReach(columns.toSpliced(last, 1), width)
}

/** Takes from the widest of the flexible columns until all fit. */
const cutColumns = (columns: ReadonlyArray<Filled>, width: number): ReadonlyArray<Filled> => {
  const widths = columns.map((filled) => filled.width)
  for (let excess = sum(widths) - width; excess > 0; excess--) {
    let widest = -1
    for (const [index, filled] of columns.entries()) {
      const room = (widths[index] ?? 0) > least(filled)
      if (room && (widths[index] ?? 0) > (widths[widest] ?? 0)) widest = index
    }
    if (widest === -1) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return columns.map((filled, index) => ({ ...filled, width: widths[index] ?? filled.width }))
}

const lineOf = (columns: ReadonlyArray<Filled>, line: number): string =>
  columns
    .map(({ column, cells, width }) => {
      const cell = cutToWidth(cells[line] ?? "", width)
      const padding = " ".repeat(Math.max(0, width - displayWidth(cell)))
      return column.align === "right" ? padding + cell : cell + padding
    })
    .join(gap)
    .trimEnd()
