import { isJsonObject, type SourceRecord } from "../SourceRecord.ts"

/**
 * The records in a text that an envelope held: its lines, or the JSON object or the elements of the
 * JSON array that it is.
 */
export const recordsIn = (text: string, envelope: SourceRecord): ReadonlyArray<SourceRecord> => {
  const end = text.endsWith("\n") ? text.length - 1 : text.length
  const isLine = text.indexOf("\n") >= end || !text.includes("\n")
  const [begins] = text
  if (begins === "[" && /^\[\s*[[{]/.test(text)) {
    const elements = elementsOf(text)
    if (elements !== undefined) return elements.map((element) => envelope.innerObject(element))
  }
  if (isLine) return [envelope.inner(text.slice(0, end))]
  if (text.trimStart().startsWith("{")) {
    const whole = envelope.inner(text)
    if (typeof whole.object !== "string") return [whole]
  }
  return text
    .slice(0, end)
    .split("\n")
    .map((line) => envelope.inner(line))
}

const elementsOf = (text: string): ReadonlyArray<Readonly<Record<string, unknown>>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.flat(3).filter(isJsonObject) : undefined
  } catch {
    return undefined // it only looked like an array
  }
}
