// Unicode Standard Annex 11: the blocks whose characters are wide or fullwidth. Of the emoji, those
// that are shown as pictures by themselves are wide; the letters of flags come in pairs.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|(?!\p{Regional_Indicator})\p{Emoji_Presentation}/u

// Marks drawn over the character before them, and the Hangul vowels and finals that join it.
const joining = /[\p{Mn}\p{Me}\u1161-\u11ff\ud7b0-\ud7ff]/u

/** The columns of a terminal that a text takes which `visible` has made harmless. */
export const displayWidth = (text: string): number => {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text, or its beginning and an ellipsis, in at most `width` columns (at least one). */
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
