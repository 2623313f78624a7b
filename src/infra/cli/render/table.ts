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

/** How a list is to be shown: as a page that begins at `offset`, in at most `width` columns. */
export interface ListView {
  readonly offset: number
  readonly width?: number | undefined
}

const gap = "  "
const narrowest = 8 // columns that a cut cell keeps

/**
 * Aligns columns of text by the width that characters have on a terminal, within `width` columns
 * where that is given and can be reached. The cells may be of any origin: what they must not do to
 * a terminal is escaped. There is no line end after the last line.
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

// `string-width` agrees on all of this but skin tones, takes 0.2 s to load (it compiles expressions
// over all emoji sequences) and fourteen times as long for each masked secret.
//
// Unicode Standard Annex 11: the blocks whose characters are wide or fullwidth. Of the emoji, those
// that are shown as pictures by themselves are wide; the letters of flags come in pairs.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|(?!\p{Regional_Indicator})\p{Emoji_Presentation}/u

// Marks drawn over the character before them, and the Hangul vowels and finals that join it.
const joining = /[\p{Mn}\p{Me}\u1161-\u11ff\ud7b0-\ud7ff]/u

/** Counts the terminal columns of a text that `visible` has escaped. */
export const displayWidth = (text: string): number => {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Cuts a text to at most `width` columns (at least one), with an ellipsis if it was longer. */
export const cutToWidth = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  let cut = ""
  let taken = 1 // the ellipsis
  for (const character of text) {
    taken += characterWidth(character)
    if (taken > width) break
    cut += character
  }
  return `${cut}…`
}

const characterWidth = (character: string): number => {
  if (character >= " " && character <= "~") return 1
  if (joining.test(character)) return 0
  return wide.test(character) ? 2 : 1
}
