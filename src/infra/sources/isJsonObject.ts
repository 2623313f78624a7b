/** Whether a value that came out of JSON is an object: neither `null`, a list nor a scalar. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
