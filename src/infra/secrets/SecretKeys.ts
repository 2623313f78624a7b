import { execFile } from "node:child_process"
import { createHmac, randomBytes } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { dirname } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { KeyEncryptionKey } from "./envelope.ts"

/** The keys cannot be had; `reason` says why and what to do. */
export class SecretKeysUnavailable extends Schema.TaggedError<SecretKeysUnavailable>()(
  "SecretKeysUnavailable",
  { place: Schema.String, kind: Schema.Literals(["missing", "broken"]), reason: Schema.String },
) {
  override get message(): string {
    return `cannot read the keys from ${this.place}: ${this.reason}`
  }
}

/** Where keys come from: a file of ours, which is made at first use, one of the operator's, or a command. */
export type KeyPlace =
  | { readonly kind: "own-file"; readonly file: string }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "command"; readonly command: string }

/**
 * The keys of a fleet. `index` makes digests and never changes; a key-encryption key wraps the data
 * keys of sealed secrets, `current` those that are sealed from now on. `indexId` names the index key
 * and tells nothing of it.
 */
export interface Keys {
  readonly index: Uint8Array
  readonly indexId: string
  readonly current: KeyEncryptionKey
  readonly keyOf: (id: string) => Uint8Array | undefined
}

const Base64Key = Schema.String.check(
  Schema.makeFilter(
    (text: string) => Buffer.from(text, "base64").length === 32 || "expected 32 bytes in base64",
  ),
)

/** What a key file holds, and what a key command prints. */
const KeyFile = Schema.Struct({
  index: Base64Key,
  keys: Schema.NonEmptyArray(Base64Key),
})

const decodeKeyFile = Schema.decodeUnknownEffect(Schema.fromJsonString(KeyFile))

/** The text of a key file; of several key-encryption keys the first is the current one. */
export const keyFileText = (keys: typeof KeyFile.Type): string =>
  `${JSON.stringify(keys, undefined, 2)}\n`

/** New keys, as a key file holds them. */
export const makeKeyFile = (): typeof KeyFile.Type => ({
  index: randomBytes(32).toString("base64"),
  keys: [randomBytes(32).toString("base64")],
})

/** The keys by which secrets are digested and sealed. They are read when they are first needed. */
export class SecretKeys extends Context.Service<
  SecretKeys,
  {
    readonly place: KeyPlace
    /** Reads the keys, and makes none. */
    readonly read: Effect.Effect<Keys, SecretKeysUnavailable>
    /** Reads the keys; in a file of our own they are made where there are none. */
    readonly readOrMake: Effect.Effect<Keys, SecretKeysUnavailable>
    /** Puts a new key-encryption key first, in a file of our own; elsewhere the operator does. */
    readonly addKey: Effect.Effect<void, SecretKeysUnavailable>
    /** Takes all key-encryption keys but the current one out of a file of our own. */
    readonly dropOldKeys: Effect.Effect<void, SecretKeysUnavailable>
  }
>()("credtrail/SecretKeys") {
  static readonly layer = (place: KeyPlace): Layer.Layer<SecretKeys> =>
    Layer.effect(
      SecretKeys,
      Effect.gen(function* () {
        const make = place.kind === "own-file" ? makeOwnFile(place.file) : Effect.void
        return SecretKeys.of({
          place,
          read: yield* Effect.cached(readKeys(place)),
          readOrMake: yield* Effect.cached(Effect.andThen(make, readKeys(place))),
          addKey: changeOwnFile(place, ({ index, keys }) => ({
            index,
            keys: [randomBytes(32).toString("base64"), ...keys],
          })),
          dropOldKeys: changeOwnFile(place, ({ index, keys }) => ({ index, keys: [keys[0]] })),
        })
      }),
    )
}

const keysIn = Effect.fnUntraced(function* (
  place: KeyPlace,
): Effect.fn.Return<typeof KeyFile.Type, SecretKeysUnavailable> {
  const text = yield* place.kind === "command" ? printedBy(place.command) : contentsOf(place)
  return yield* Effect.mapError(
    decodeKeyFile(text),
    // The text is not quoted: it holds keys.
    () => unavailable(place, "broken", "it holds no credtrail keys; restore them from a backup"),
  )
})

const readKeys = Effect.fnUntraced(function* (
  place: KeyPlace,
): Effect.fn.Return<Keys, SecretKeysUnavailable> {
  const { index, keys } = yield* keysIn(place)
  const byId = new Map(
    keys.map((key) => [idOf(Buffer.from(key, "base64")), Buffer.from(key, "base64")]),
  )
  const current = Buffer.from(keys[0], "base64")
  const indexKey = Buffer.from(index, "base64")
  return {
    index: indexKey,
    indexId: idOf(indexKey),
    current: { id: idOf(current), key: current },
    keyOf: (id) => byId.get(id),
  }
})

/** After a power cut, what was sealed under a new key must not be there without the key. */
const flushDirectory = (directory: string): void => {
  const opened = openSync(directory, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** Replaces a key file of our own as a whole: a kill leaves the old one or the new one. */
const changeOwnFile = Effect.fnUntraced(function* (
  place: KeyPlace,
  change: (keys: typeof KeyFile.Type) => typeof KeyFile.Type,
): Effect.fn.Return<void, SecretKeysUnavailable> {
  if (place.kind !== "own-file") return
  const { file } = place
  const keys = yield* keysIn(place)
  yield* Effect.try({
    try: () => {
      const made = `${file}.${process.pid}.new`
      writeFileSync(made, keyFileText(change(keys)), { mode: 0o600, flush: true })
      renameSync(made, file)
      flushDirectory(dirname(file))
    },
    catch: (cause) => unavailable(place, "broken", reasonOf(cause)),
  })
})

/** What names a key and tells nothing of it. */
const idOf = (key: Uint8Array): string =>
  createHmac("sha256", key).update("credtrail key id").digest("hex").slice(0, 16)

const contentsOf = ({ kind, file }: Exclude<KeyPlace, { kind: "command" }>) =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) =>
      codeOf(cause) === "ENOENT"
        ? unavailable({ kind, file }, "missing", "there is no such file; restore it from a backup")
        : unavailable({ kind, file }, "broken", reasonOf(cause)),
  })

/** How long a key command may take, in milliseconds. */
const maxCommandMillis = 30_000

const printedBy = (command: string): Effect.Effect<string, SecretKeysUnavailable> =>
  Effect.callback((resume, signal) => {
    const options = { signal, timeout: maxCommandMillis, maxBuffer: 65_536 }
    execFile("/bin/sh", ["-c", command], options, (error, printed) =>
      resume(
        error === null
          ? Effect.succeed(printed)
          : Effect.fail(
              unavailable(
                { kind: "command", command },
                "missing",
                error.killed === true
                  ? `it took longer than ${maxCommandMillis / 1000} seconds`
                  : `it ended with ${error.code ?? error.signal}`,
              ),
            ),
      ),
    )
  })

/** Makes a key file unless there is one: of several processes at once, one makes it. */
const makeOwnFile = (file: string): Effect.Effect<void, SecretKeysUnavailable> =>
  Effect.try({
    try: () => {
      if (existsSync(file)) return
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      const made = `${file}.${process.pid}.new`
      writeFileSync(made, keyFileText(makeKeyFile()), { mode: 0o600, flush: true })
      try {
        linkSync(made, file)
        flushDirectory(dirname(file))
      } catch (cause) {
        if (codeOf(cause) !== "EEXIST") throw cause
      } finally {
        rmSync(made, { force: true })
      }
    },
    catch: (cause) => unavailable({ kind: "own-file", file }, "missing", reasonOf(cause)),
  })

const unavailable = (
  place: KeyPlace,
  kind: SecretKeysUnavailable["kind"],
  reason: string,
): SecretKeysUnavailable =>
  new SecretKeysUnavailable({
    place: place.kind === "command" ? "the command in CREDTRAIL_KEY_COMMAND" : place.file,
    kind,
    reason,
  })

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && "code" in cause ? cause.code : undefined
const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)
