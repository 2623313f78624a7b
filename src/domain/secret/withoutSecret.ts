import type { TriedSecret } from "./secret.ts"

/** What stands where the secret stood. */
const secretMark = "[secret]"

/** Fewer bytes may stand anywhere by chance: they are taken for the secret only as a word. */
const minAnywhere = 4

/**
 * What else a log line said of an attempt, without the secret: some sensors repeat it in a path, a
 * command line or as hexadecimal. It is looked for as text, as JSON escapes it, and in base64,
 * hexadecimal and URL encoding, whatever the case.
 */
export const fieldsWithoutSecret = (
  fields: Readonly<Record<string, string>>,
  { bytes, original }: TriedSecret,
): Readonly<Record<string, string>> => {
  const names = Object.keys(fields)
  if (names.length === 0 || bytes.length === 0) return fields
  const spellings =
    original === undefined ? spellingsOf(bytes) : [...spellingsOf(original), ...spellingsOf(bytes)]
  let changed: Record<string, string> | undefined
  for (const name of names) {
    const value = fields[name] ?? ""
    const without = spellings.reduce(withoutSpelling, value)
    if (without === value) continue
    changed ??= { ...fields }
    changed[name] = without
  }
  return changed ?? fields
}

/** Whether a text mentions one of several secrets, in any of these spellings. */
export const mentionsAny = (secrets: ReadonlyArray<TriedSecret>): ((text: string) => boolean) => {
  const spellings = secrets
    .filter(({ bytes }) => bytes.length > 0)
    .flatMap(({ bytes, original }) => [
      ...spellingsOf(bytes),
      ...(original === undefined ? [] : spellingsOf(original)),
    ])
  return (text) => spellings.some((spelling) => withoutSpelling(text, spelling) !== text)
}

const spellingsOf = (bytes: Uint8Array): ReadonlyArray<string> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString("utf8")
  return [
    ...new Set([
      text,
      buffer.toString("latin1"),
      encodeURIComponent(text.toWellFormed()),
      JSON.stringify(text).slice(1, -1),
      buffer.toString("base64"),
      buffer.toString("hex"),
    ]),
  ]
}

const withoutSpelling = (value: string, spelling: string): string => {
  const lower = value.toLowerCase()
  const wanted = spelling.toLowerCase()
  // Folding case may change the length of a text: then places in one are not places in the other.
  const [where, what] =
    lower.length === value.length && wanted.length === spelling.length
      ? [lower, wanted]
      : [value, spelling]
  let result = ""
  let from = 0
  for (;;) {
    const at = where.indexOf(what, from)
    if (at < 0) return from === 0 ? value : result + value.slice(from)
    const end = at + what.length
    const isWord = !isWordAt(value, at - 1) && !isWordAt(value, end)
    if (what.length >= minAnywhere || isWord) {
      result += value.slice(from, at) + secretMark
    } else {
      result += value.slice(from, end)
    }
    from = end
  }
}

const isWordAt = (text: string, index: number): boolean => /[\p{L}\p{N}]/u.test(text[index] ?? "")
