import { createHash } from "node:crypto"
import { formsOf } from "./residues.ts"

/** Passwords that are so long and rare that even the text of one stands nowhere by chance. */
export const rareWords = [
  "liverpool1",
  "butterfly7",
  "chocolate9",
  "basketball2",
  "strawberry5",
  "manchester8",
  "california3",
  "playstation4",
  "alexander77",
  "volleyball6",
  "snowboarder",
  "skateboard5",
]

const stems =
  `admin root pass password user test guest love money dragon monkey summer winter spring
  autumn master hello secret football baseball jordan tiger shadow michael jennifer superman hunter
  welcome ginger pepper orange purple banana cookie freedom killer soccer hockey ranger andrea
  thomas`.split(/\s+/)

/** A few hundred common passwords, many of which stand in logs as user names and numbers too. */
export const commonWords: ReadonlyArray<string> = [
  ..."123456 12345678 qwerty 123456789 1234 111111 abc123 letmein 1q2w3e4r 000000 666666".split(
    " ",
  ),
  ...stems,
  ...["1", "12", "123", "!", "2024", "@123", "01", "69"].flatMap((end) =>
    stems.map((stem) => stem + end),
  ),
]

/** What is looked for, each by its first eight bytes or more. */
export interface Clue {
  readonly name: string
  readonly bytes: Buffer
}

const spelled = (name: string, digest: Buffer): ReadonlyArray<Clue> => [
  // Half of it is enough: what is cut short can be recognised too.
  { name, bytes: digest.subarray(0, 8) },
  { name: `${name} in hexadecimal`, bytes: Buffer.from(digest.toString("hex").slice(0, 16)) },
  {
    name: `${name} in capitals`,
    bytes: Buffer.from(digest.toString("hex").toUpperCase().slice(0, 16)),
  },
  { name: `${name} in base64`, bytes: Buffer.from(digest.toString("base64").slice(0, 11)) },
  { name: `${name} in base64url`, bytes: Buffer.from(digest.toString("base64url").slice(0, 11)) },
]

/** The plain digests of a stretch of bytes, as a program would write them that has no key. */
const digestsOf = (what: string, ...parts: ReadonlyArray<string | Buffer>): ReadonlyArray<Clue> =>
  ["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) =>
    spelled(`${algorithm} of ${what}`, hash(algorithm, ...parts)),
  )

const hash = (algorithm: string, ...parts: ReadonlyArray<string | Buffer>): Buffer =>
  parts.reduce((made, part) => made.update(part), createHash(algorithm)).digest()

/** What a program without a key would write of a password instead of it. */
const plainDigestsOf = (word: string): ReadonlyArray<Clue> => [
  ...digestsOf(word, word),
  ...digestsOf(`the kind and ${word}`, "plaintext\0", word),
  ...digestsOf(`the kind, and the SHA-256 of ${word}`, "plaintext\0", hash("sha256", word)),
  ...digestsOf(`the SHA-256 of ${word}`, hash("sha256", word)),
  ...digestsOf(`root and ${word}`, "root", word),
  ...digestsOf(`the pair of root and ${word}`, `root:${word}`),
  ...digestsOf(
    `the words of root and ${word}`,
    `plaintext ${hash("sha256", word).toString("hex")} root`,
  ),
]

/** Everything by which a word list gives passwords away: their digests, and the text of rare ones. */
export const clues: ReadonlyArray<Clue> = [
  ...rareWords.flatMap((word) =>
    formsOf(word).map(({ name, bytes }) => ({ name: `${word}: ${name}`, bytes })),
  ),
  ...[...rareWords, ...commonWords].flatMap(plainDigestsOf),
]

/**
 * What gives a line of a log away to whoever knows all of it but the password: the digests of the
 * line, and of the beginning and the end of its file.
 */
export const cluesOfFile = (content: Buffer): ReadonlyArray<Clue> => {
  const lines = content.toString("utf8").split("\n").filter(Boolean)
  return [
    ...lines.flatMap((line) => [...digestsOf("a line", line), ...digestsOf("a line", `${line}\n`)]),
    ...[256, 512, 1024, 2048, 4096, content.length].flatMap((length) => [
      ...digestsOf(`the first ${length} bytes`, content.subarray(0, length)),
      ...digestsOf(`the last ${length} bytes`, content.subarray(-length)),
    ]),
  ]
}

const indexed = 6

/** Finds which of the clues stand in some bytes; all of them are looked for in one pass. */
export const finderOf = (wanted: ReadonlyArray<Clue>) => {
  const byStart = new Map<number, Array<Clue>>()
  const isStart = new Uint8Array(65_536)
  for (const clue of wanted) {
    const start = clue.bytes.readUIntBE(0, indexed)
    isStart[clue.bytes.readUInt16BE(0)] = 1
    byStart.set(start, [...(byStart.get(start) ?? []), clue])
  }
  return (material: Buffer): ReadonlyArray<string> => {
    const found = new Set<string>()
    for (let at = 0; at + indexed <= material.length; at++) {
      if (isStart[((material[at] ?? 0) << 8) | (material[at + 1] ?? 0)] === 0) continue
      for (const { name, bytes } of byStart.get(material.readUIntBE(at, indexed)) ?? []) {
        if (bytes.equals(material.subarray(at, at + bytes.length))) found.add(name)
      }
    }
    return [...found]
  }
}
