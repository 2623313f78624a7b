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
