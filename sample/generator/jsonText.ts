/** A JSON string the way Python's json module writes it: everything but ASCII escaped. */
export const jsonText = (text: string): string => {
  const json = JSON.stringify(text)
  return /[\u007f-\uffff]/.test(json) ? json.replace(/[\u007f-\uffff]/g, escaped) : json
}

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** The same, `null` for what is not there. */
export const jsonTextOrNull = (text: string | null): string =>
  text === null ? "null" : jsonText(text)
