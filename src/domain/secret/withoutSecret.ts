import { createHash } from "node:crypto"
import { BoundedMap } from "../BoundedMap.ts"
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
  const secrets = original === undefined ? [bytes] : [original, bytes]
  const mentioning = names.filter((name) => mayMention(fields[name] ?? "", secrets))
  if (mentioning.length === 0) return fields
  const removals = secrets.map(removalOf)
  let changed: Record<string, string> | undefined
  for (const name of mentioning) {
    const value = fields[name] ?? ""
    const without = removals.reduce((text, remove) => remove(text), value)
    if (without === value) continue
    changed ??= { ...fields }
    changed[name] = without
  }
  return changed ?? fields
}

/** A text as it is searched: in lower case, with what its base64 decodes to. */
interface Searched {
  readonly text: string
  readonly hasDigest: boolean
}

/** Most values come again and again, such as the name of a client program. */
const searched = new BoundedMap<string, Searched>(2_000)
const maxSearched = 256

/**
 * Whether one of these secrets may stand in a value; if not, it does not. Most values mention no
 * secret, and this says so much faster than removing it.
 */
const mayMention = (value: string, secrets: ReadonlyArray<Uint8Array>): boolean => {
  if (value.length > maxSearched || !isAscii(value)) return true
  let known = searched.get(value)
  if (known === undefined) {
    known = {
      text: [value, ...(value.match(base64Run) ?? []).flatMap(decodings)].join("\0").toLowerCase(),
      hasDigest: value.search(hexDigest) >= 0,
    }
    searched.set(value, known)
  }
  const { text, hasDigest } = known
  return (
    hasDigest ||
    secrets.some((bytes) => wantedOf(bytes)?.some((spelling) => text.includes(spelling)) ?? true)
  )
}

const wanted = new BoundedMap<string, ReadonlyArray<string>>(2_000)

/** How a secret may be spelled, in lower case; `undefined` if it is not ASCII. */
const wantedOf = (bytes: Uint8Array): ReadonlyArray<string> | undefined => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const secret = buffer.toString("latin1")
  const known = wanted.get(secret)
  if (known !== undefined) return known
  if (!isAscii(secret)) return undefined
  const spellings = [...new Set(spellingsOf(buffer).map((spelling) => spelling.toLowerCase()))]
  if (secret.length <= maxSearched) wanted.set(secret, spellings)
  return spellings
}

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/** Base64 spells the same bytes in several ways, by what comes before them. */
const decodings = (run: string): ReadonlyArray<string> =>
  [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), "base64").toString("latin1"))

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

const withoutBase64 = (value: string, secret: Buffer): string => {
  const shortest = Math.ceil((secret.length * 4) / 3)
  if (value.length < shortest) return value
  const text = secret.toString("latin1")
  return value.replace(base64Run, (run) => {
    if (run.length < shortest) return run
    // What stands before it, such as a slash, may look like a part of it.
    const start = decodings(run).findIndex((decoded) => withoutSpelling(decoded, text) !== decoded)
    return start < 0 ? run : run.slice(0, start) + secretMark
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
