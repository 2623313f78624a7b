import * as Schema from "effect/Schema"
import { standardInput } from "./sourcePaths.ts"

/** Archives that are not read, or a zip archive in which no log is. */
const Archive = Schema.Literals(["zip", "tar", "7z", "rar"])
type Archive = typeof Archive.Type

/** A file in which no format is recognised. */
export class NotALog extends Schema.TaggedError<NotALog>()("NotALog", {
  path: Schema.String,
  archive: Schema.optionalKey(Archive),
}) {
  override get message(): string {
    const what = this.path === standardInput ? "standard input" : this.path
    if (this.archive === undefined)
      return `${what}: unrecognised log format; force one with --format`
    return this.archive === "zip" && this.path !== standardInput
      ? `${what}: no log is recognised in this zip archive; unpack it to see why`
      : `${what}: a ${this.archive} archive is not read; unpack it first`
  }
}

/** Recognises an archive by its first bytes. */
export const archiveOf = (head: Uint8Array): Archive | undefined =>
  magics.find(([, at, magic]) =>
    Buffer.from(magic, "latin1").every((byte, index) => head[at + index] === byte),
  )?.[0]

const magics: ReadonlyArray<readonly [Archive, number, string]> = [
  ["zip", 0, "PK\x03\x04"],
  ["7z", 0, "7z\xbc\xaf\x27\x1c"],
  ["rar", 0, "Rar!\x1a\x07"],
  ["tar", 257, "ustar"],
]

/** One line for all skipped files: the count and an example. */
export const passedOver = (files: ReadonlyArray<NotALog>): ReadonlyArray<string> => {
  const [first] = files
  if (first === undefined) return []
  const count = files.length.toLocaleString("en-US")
  return [
    files.length === 1 ? first.message : `skipped ${count} files, for example ${first.message}`,
  ]
}
