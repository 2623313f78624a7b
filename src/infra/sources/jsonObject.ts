import { isJsonObject } from "./isJsonObject.ts"

/**
 * Reads a line that should hold one JSON object. Otherwise says why it does not: `cut-line` for an
 * object whose end is missing (a file cut short, a writer that died), `not-an-object` for other
 * JSON, `not-json` for everything else.
 */
export const jsonObject = (
  text: string,
): Readonly<Record<string, unknown>> | "not-json" | "cut-line" | "not-an-object" => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const bare = text.trim()
    return bare.startsWith("{") && !bare.endsWith("}") ? "cut-line" : "not-json"
  }
  return isJsonObject(value) ? value : "not-an-object"
}
