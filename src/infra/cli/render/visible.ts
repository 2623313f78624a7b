// Control, format and otherwise invisible characters, halves of surrogate pairs, characters that
// no font has, and spaces that are not the plain one. Marks stack on what stands before them: one
// at the beginning would land on our own text, and a tall pile of them on other lines.
const hidden =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|^\p{M}|(?<=\p{M}{3})\p{M}|^ +| +$/gu

/**
 * Text of unknown origin as it may go to a terminal: whatever could move the cursor, change the
 * direction of writing or not be seen at all is written as an escape (`\x1b`, `\u202e`,
 * `\u{e0041}`), and so are spaces at either end. Doing it twice changes nothing more. It is made
 * for reading: a backslash stays one, so that text containing `\x1b` in so many characters looks
 * like the control character. The JSON output tells them apart.
 */
export const visible = (text: string): string =>
  text.replace(hidden, (found) => Array.from(found, escaped).join(""))

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code > 0xffff) return `\\u{${hex}}`
  return code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`
}

/** The same for a text of several lines that are meant to be lines. */
export const visibleLines = (text: string): string => text.split("\n").map(indented).join("\n")

const indented = (line: string): string => {
  const [indentation = ""] = /^ */.exec(line) ?? []
  return indentation + visible(line.slice(indentation.length))
}

/** Joins the lines of a message for a cell: a decoding error has a line for each wrong field. */
export const onOneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ")

// Line ends and indentation stay, since JSON is printed with them.
const unseen = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * JSON that may go to a terminal: what could act on one or not be seen is written as `\uXXXX`, so
 * that it is still the same JSON. Indented by `indent` spaces, on one line without.
 */
export const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, undefined, indent).replace(unseen, (found) =>
    found
      .split("") // into UTF-16 code units, which is what \u escapes stand for
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  )
