import { createHash } from "node:crypto"
import type { TriedSecret } from "./secret.ts"

/** What stands where the secret stood. */
const secretMark = "[secret]"

/** Fewer bytes may stand anywhere by chance: they are taken for the secret only as a word. */
const minAnywhere = 4

/**
 * What else a log line said of an attempt, without the secret: some sensors repeat it in a path, a
 * command line or as hexadecimal. It is looked for as text, as JSON escapes it, in hexadecimal and URL
 * encoding, whatever the case, inside of what is base64, and as its plain digest.
 */
export const fieldsWithoutSecret = (
  fields: Readonly<Record<string, string>>,
  { bytes, original }: TriedSecret,
): Readonly<Record<string, string>> => {
  const names = Object.keys(fields)
  if (names.length === 0 || bytes.length === 0) return fields
  const removals =
    original === undefined ? [removalOf(bytes)] : [removalOf(original), removalOf(bytes)]
  let changed: Record<string, string> | undefined
  for (const name of names) {
    const value = fields[name] ?? ""
    const without = removals.reduce((text, remove) => remove(text), value)
    if (without === value) continue
    changed ??= { ...fields }
    changed[name] = without
  }
  return changed ?? fields
}

/** Whether a text mentions one of several secrets, in any of these spellings. */
export const mentionsAny = (secrets: ReadonlyArray<TriedSecret>): ((text: string) => boolean) => {
  const removals = secrets
    .filter(({ bytes }) => bytes.length > 0)
    .flatMap(({ bytes, original }) => [
      removalOf(bytes),
      ...(original === undefined ? [] : [removalOf(original)]),
    ])
  return (text) => removals.some((remove) => remove(text) !== text)
}

/** Takes these bytes out of a text, in whatever form they are in it. */
const removalOf = (bytes: Uint8Array): ((text: string) => string) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const spellings = spellingsOf(buffer)
  let digests: ReadonlySet<string> | undefined
  return (text) =>
    withoutBase64(spellings.reduce(withoutSpelling, text), buffer).replace(
      hexDigest,
      (digest: string) => {
        digests ??= plainDigestsOf(buffer)
        return digests.has(digest.toLowerCase()) ? secretMark : digest
      },
    )
}

const spellingsOf = (buffer: Buffer): ReadonlyArray<string> => {
  const text = buffer.toString("utf8")
  return [
    ...new Set([
      text,
      buffer.toString("latin1"),
      encodeURIComponent(text.toWellFormed()),
      JSON.stringify(text).slice(1, -1),
      buffer.toString("base64"),
      buffer.toString("hex"),
      Buffer.from(text, "utf16le").toString("hex"),
    ]),
  ]
}

const base64Run = /[A-Za-z0-9+/_-]{4,}={0,2}/g

/** Base64 spells the same bytes in three ways, by what comes before them, so it is decoded. */
const withoutBase64 = (value: string, secret: Buffer): string => {
  const shortest = Math.ceil((secret.length * 4) / 3)
  if (value.length < shortest) return value
  const text = secret.toString("latin1")
  return value.replace(base64Run, (run) => {
    if (run.length < shortest) return run
    // What stands before it, such as a slash, may look like a part of it.
    for (let start = 0; start < 4; start++) {
      const decoded = Buffer.from(run.slice(start), "base64").toString("latin1")
      if (withoutSpelling(decoded, text) !== decoded) return run.slice(0, start) + secretMark
    }
    return run
  })
}

/** An MD5, SHA-1, SHA-256 or SHA-512 in hexadecimal. */
const hexDigest =
  /(?<![0-9a-f])(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])/gi

const plainDigestsOf = (bytes: Buffer): ReadonlySet<string> =>
  new Set(
    ["md5", "sha1", "sha256", "sha512"].map((algorithm) =>
      createHash(algorithm).update(bytes).digest("hex"),
    ),
  )

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
