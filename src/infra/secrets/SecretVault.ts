import { createHmac } from "node:crypto"
import type { Database } from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { BoundedMap } from "../../domain/BoundedMap.ts"
import { Kept } from "../../domain/event/events.ts"
import { keyedSecret } from "../../domain/secret/keyedSecret.ts"
import { withoutMailbox } from "../../domain/secret/mailAddress.ts"
import { plaintext, type Secret, type TriedSecret } from "../../domain/secret/secret.ts"
import { type SecretDigest, secretDigest } from "../../domain/secret/secretDigest.ts"
import { openDatabase, scrub } from "../sqlite/openDatabase.ts"
import { attempting } from "../sqlite/sqliteFailure.ts"
import {
  type EnvelopeFault,
  keyIdAt,
  keyIdLength,
  keyIdOf,
  openEnvelope,
  rewrapEnvelope,
  sealEnvelope,
} from "./envelope.ts"
import type { Keys } from "./SecretKeys.ts"
import { type OpenedSecret, openedSecret, payloadOf } from "./sealedPayload.ts"

/** The vault cannot be read or written now. */
export class SecretVaultUnavailable extends Schema.TaggedError<SecretVaultUnavailable>()(
  "SecretVaultUnavailable",
  {
    operation: Schema.String,
    kind: Schema.Literals(["disk-full", "read-only", "busy", "corrupt"]),
    reason: Schema.String,
  },
) {
  override get message(): string {
    return `cannot ${this.operation}: ${this.reason}`
  }
}

/** What a vault holds. */
export interface VaultCount {
  readonly sealed: number
  /** Of these, those whose data key is wrapped by another key than the current one. */
  readonly underOlderKeys: number
  /** Of these, those whose data key is wrapped by a key that is not at hand. */
  readonly underUnknownKeys: number
  readonly erased: number
  readonly keepsBytes: boolean
}

/** Secrets that were erased in one act. */
export interface UnrecordedErasure {
  readonly act: string
  readonly digests: ReadonlyArray<SecretDigest>
}

/** Why the bytes of a secret cannot be had. */
export type NotOpened = "not-kept" | "erased" | "damaged" | "unknown-key"

const schema = `
CREATE TABLE IF NOT EXISTS secrets (
  digest BLOB PRIMARY KEY,
  envelope BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- act: who erased it and why, until that is on record in the log.
CREATE TABLE IF NOT EXISTS erased (
  digest BLOB PRIMARY KEY,
  act TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/** The most pairs whose secret needs not be worked out again. */
const maxRecent = 20_000
/** The most words of commands, which come in scripts, whose digest needs not be worked out again. */
const maxRecentDigests = 5_000
/** Longer ones are rare, and would fill the memory. */
const maxRecentBytes = 64

const nameOf = (
  { kind, bytes, original, sha256 }: TriedSecret,
  principal: string | null,
): string | undefined => {
  if (sha256 !== undefined || original !== undefined || bytes.length > maxRecentBytes) {
    return undefined
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
  return `${kind}\n${text.length}\n${text}${principal ?? ""}`
}

/** The most digests that are remembered to be in the vault. */
const maxRemembered = 50_000

type Attempted<A> = Effect.Effect<A, SecretVaultUnavailable>

/**
 * The bytes of secrets, sealed: once per distinct secret, each under a data key of its own. Events,
 * read models and answers know a secret by its digest; whoever holds the keys can have its bytes
 * from the vault. What is erased here is gone, and is not kept again when it is tried again.
 */
export class SecretVault extends Context.Service<
  SecretVault,
  {
    /**
     * What events say of a secret tried with this principal. Its bytes wait for {@link flush} to be
     * sealed. Called for each capture, so nothing is read or written here.
     */
    readonly seal: (tried: TriedSecret, principal: string | null) => Secret
    /** The digest that a password has; nothing is kept of it. */
    readonly digestOf: (password: string) => SecretDigest
    /**
     * What a stretch of a log file is recognised by. It takes the index key: whoever knows a line but
     * for the password in it could try passwords against a plain digest.
     */
    readonly digestOfStretch: (bytes: Uint8Array) => string
    /**
     * Seals and writes what is waiting, except what the vault has, what was erased, or everything
     * where no bytes are to be kept. To be called before the events that name it are appended.
     */
    readonly flush: Attempted<void>
    /** Opens one secret, or says why not. */
    readonly open: (digest: SecretDigest) => Attempted<OpenedSecret | NotOpened>
    /**
     * Seals a line of a log that was not understood: a secret may stand anywhere in it. Where no bytes
     * are kept, nothing is left of it.
     */
    readonly sealLine: (line: Uint8Array) => Uint8Array
    /** The line, or why it does not open. */
    readonly openLine: (sealed: Uint8Array) => Uint8Array | EnvelopeFault
    /**
     * Deletes secrets with their data keys, and keeps them from coming back. What is given as `act`
     * is kept with them until {@link markRecorded}; without one, the erasure is on record already.
     * Bytes may remain in the file until {@link scrub}.
     */
    readonly erase: (digests: ReadonlyArray<SecretDigest>, act?: string) => Attempted<void>
    /** Overwrites leftovers of erased secrets in the files. */
    readonly scrub: Attempted<void>
    /** What was erased and is not known to be on record. */
    readonly unrecorded: Attempted<ReadonlyArray<UnrecordedErasure>>
    readonly markRecorded: (digests: ReadonlyArray<SecretDigest>) => Attempted<void>
    /** How far the record of erasures in the log has been taken over, as a revision; from 0. */
    readonly recordRead: Attempted<number>
    readonly markRecordRead: (next: number) => Attempted<void>
    /** Wraps all data keys by the current key. Returns how many were wrapped by another. */
    readonly rewrap: Attempted<number>
    /** The same line under the current key; `undefined` where that changes nothing. */
    readonly rewrapLine: (sealed: Uint8Array) => Uint8Array | undefined
    readonly count: Attempted<VaultCount>
    /** The principal to store: without the local part if mail addresses are not stored. */
    readonly principalOf: (principal: string) => string
    /**
     * Stops storing the bytes of secrets, or mail addresses. Stored bytes stay until they are erased. The
     * first `act` is kept until {@link markEndRecorded}.
     */
    readonly endKeeping: (kept: Kept, act: string) => Attempted<void>
    /** Decisions to stop storing something that are not yet recorded in the log. */
    readonly unrecordedEnds: Attempted<ReadonlyArray<{ readonly kept: Kept; readonly act: string }>>
    /** Marks such a decision as recorded, and makes it if it was not made here. */
    readonly markEndRecorded: (kept: Kept) => Attempted<void>
  }
>()("credtrail/SecretVault") {
  static readonly layer = (options: {
    readonly file: string
    readonly keys: Keys
  }): Layer.Layer<SecretVault, SecretVaultUnavailable> =>
    Layer.effect(
      SecretVault,
      Effect.acquireRelease(
        attempt("open the vault", () =>
          openDatabase("vault", options.file, (database) => database.exec(schema)),
        ),
        (database) => Effect.sync(() => database.close()),
      ).pipe(
        Effect.flatMap((database) =>
          attempt("open the vault", () => makeVault(database, options.keys)),
        ),
      ),
    )
}

const attempt = attempting(SecretVaultUnavailable)

const recordRead = "erasures-read"
/** The settings that hold such decisions. */
const endOf = {
  secrets: "no-bytes-kept",
  "mail-addresses": "no-mail-addresses-kept",
} as const satisfies Record<Kept, string>

/** What the envelope of a rejected line is bound to. */
const lineLabel = "rejected line"

interface Row {
  readonly digest: Buffer
  readonly envelope: Buffer
}

const makeVault = (database: Database, keys: Keys): SecretVault["Service"] => {
  const find = database
    .prepare<[Buffer], Buffer>("SELECT envelope FROM secrets WHERE digest = ?")
    .pluck()
  const isErased = database
    .prepare<[Buffer], number>("SELECT 1 FROM erased WHERE digest = ?")
    .pluck()
  const isKnown = database
    .prepare<[Buffer, Buffer], number>(
      `SELECT EXISTS (SELECT 1 FROM secrets WHERE digest = ?)
           OR EXISTS (SELECT 1 FROM erased WHERE digest = ?)`,
    )
    .pluck()
  const insert = database.prepare("INSERT INTO secrets VALUES (?, ?)")
  const update = database.prepare("UPDATE secrets SET envelope = ? WHERE digest = ?")
  const remove = database.prepare("DELETE FROM secrets WHERE digest = ?")
  // A second erasure is recorded too, unless the first one is still waiting to be recorded.
  const insertErased = database.prepare(
    `INSERT INTO erased VALUES (?, ?)
       ON CONFLICT DO UPDATE SET act = excluded.act WHERE act IS NULL`,
  )
  const unrecorded = database.prepare<[], { readonly digest: Buffer; readonly act: string }>(
    "SELECT digest, act FROM erased WHERE act IS NOT NULL ORDER BY digest",
  )
  const markRecorded = database.prepare("UPDATE erased SET act = NULL WHERE digest = ?")
  const after = database.prepare<[Buffer], Row>(
    "SELECT digest, envelope FROM secrets WHERE digest > ? ORDER BY digest LIMIT 1000",
  )
  const countByKey = database.prepare<[], { keyId: string; count: number }>(
    `SELECT lower(hex(substr(envelope, ${keyIdAt + 1}, ${keyIdLength}))) AS keyId, count(*) AS count
       FROM secrets GROUP BY 1`,
  )
  const countErased = database.prepare<[], number>("SELECT count(*) FROM erased").pluck()
  const keepsBytes = database
    .prepare<[], number>(
      `SELECT NOT EXISTS (SELECT 1 FROM settings WHERE name = '${endOf.secrets}')`,
    )
    .pluck()
  const recent = new BoundedMap<string, Secret>(maxRecent)
  const recentDigests = new BoundedMap<string, SecretDigest>(maxRecentDigests)
  const waiting = new Map<SecretDigest, Uint8Array>()
  const remembered = new Set<SecretDigest>()

  const write = database.transaction(() => {
    if (keepsBytes.get() !== 1) return
    for (const [digest, payload] of waiting) {
      const key = Buffer.from(digest, "hex")
      if (isKnown.get(key, key) !== 0) continue
      insert.run(key, sealEnvelope(keys.current, digest, payload))
    }
  })
  const erase = database.transaction((digests: ReadonlyArray<SecretDigest>, act?: string) => {
    for (const digest of digests) {
      const key = Buffer.from(digest, "hex")
      insertErased.run(key, act ?? null)
      remove.run(key)
    }
  })
  const markAll = database.transaction((digests: ReadonlyArray<SecretDigest>) => {
    for (const digest of digests) markRecorded.run(Buffer.from(digest, "hex"))
  })
  const setting = database
    .prepare<[string], string>("SELECT value FROM settings WHERE name = ?")
    .pluck()
  const set = database.prepare("INSERT OR REPLACE INTO settings VALUES (?, ?)")
  let keepsMailAddresses = true
  // Another process may decide this at any time.
  const readKeeping = (): void => {
    keepsMailAddresses = setting.get(endOf["mail-addresses"]) === undefined
  }
  readKeeping()
  const rewrapSome = database.transaction((rows: ReadonlyArray<Row>): number => {
    let rewrapped = 0
    for (const { digest, envelope } of rows) {
      if (keyIdOf(envelope) === keys.current.id) continue
      const again = rewrapEnvelope(keys.keyOf, keys.current, digestOf(digest), envelope)
      if (typeof again === "string") continue // it did not open before either
      update.run(again, digest)
      rewrapped++
    }
    return rewrapped
  })

  return SecretVault.of({
    seal: (tried, principal) => {
      const name = nameOf(tried, principal)
      const known = name === undefined ? undefined : recent.get(name)
      if (known !== undefined) return known
      const secret = keyedSecret(keys.index, tried, principal)
      const { digest } = secret
      if (tried.sha256 === undefined && !remembered.has(digest) && !waiting.has(digest)) {
        waiting.set(digest, payloadOf(tried))
      }
      if (name !== undefined) recent.set(name, secret)
      return secret
    },
    digestOf: (password) => {
      const known = recentDigests.get(password)
      if (known !== undefined) return known
      const digest = secretDigest(keys.index, plaintext, Buffer.from(password, "utf8"))
      if (password.length <= maxRecentBytes) recentDigests.set(password, digest)
      return digest
    },
    digestOfStretch: (bytes) =>
      createHmac("sha256", keys.index).update("stretch of a file\0").update(bytes).digest("hex"),
    flush: attempt("keep sealed secrets", () => {
      readKeeping()
      if (waiting.size === 0) return
      write.immediate()
      if (remembered.size + waiting.size > maxRemembered) remembered.clear()
      for (const digest of waiting.keys()) remembered.add(digest)
      waiting.clear()
    }),
    open: (digest) =>
      attempt("open a secret", () => {
        const key = Buffer.from(digest, "hex")
        const envelope = find.get(key)
        if (envelope === undefined) return isErased.get(key) === undefined ? "not-kept" : "erased"
        const payload = openEnvelope(keys.keyOf, digest, envelope)
        return typeof payload === "string" ? payload : openedSecret(payload)
      }),
    sealLine: (line) =>
      keepsBytes.get() === 1 ? sealEnvelope(keys.current, lineLabel, line) : new Uint8Array(),
    openLine: (sealed) => openEnvelope(keys.keyOf, lineLabel, sealed),
    erase: (digests, act) =>
      attempt("erase secrets", () => {
        erase.immediate(digests, act)
        for (const digest of digests) {
          remembered.delete(digest)
          waiting.delete(digest)
        }
      }),
    scrub: attempt("overwrite what was erased", () => scrub(database)),
    unrecorded: attempt("list erased secrets", () =>
      [...Map.groupBy(unrecorded.all(), ({ act }) => act)].map(([act, rows]) => ({
        act,
        digests: rows.map(({ digest }) => digestOf(digest)),
      })),
    ),
    markRecorded: (digests) => attempt("mark an erasure as recorded", () => markAll(digests)),
    recordRead: attempt("look up the record of erasures", () =>
      Number(setting.get(recordRead) ?? 0),
    ),
    markRecordRead: (next) =>
      attempt("note the record of erasures", () => {
        set.run(recordRead, String(next))
      }),
    rewrap: attempt("rewrap data keys", () => {
      let rewrapped = 0
      let rows = after.all(Buffer.alloc(0))
      while (rows.length > 0) {
        rewrapped += rewrapSome.immediate(rows)
        rows = after.all(rows.at(-1)?.digest ?? Buffer.alloc(0))
      }
      return rewrapped
    }),
    rewrapLine: (sealed) => {
      if (sealed.length === 0 || keyIdOf(sealed) === keys.current.id) return undefined
      const again = rewrapEnvelope(keys.keyOf, keys.current, lineLabel, sealed)
      return typeof again === "string" ? undefined : again
    },
    count: attempt("count secrets", () => {
      const byKey = countByKey.all()
      const sum = (isMeant: (keyId: string) => boolean): number =>
        byKey.reduce((total, { keyId, count }) => (isMeant(keyId) ? total + count : total), 0)
      return {
        sealed: sum(() => true),
        underOlderKeys: sum((keyId) => keyId !== keys.current.id),
        underUnknownKeys: sum((keyId) => keys.keyOf(keyId) === undefined),
        erased: countErased.get() ?? 0,
        keepsBytes: keepsBytes.get() === 1,
      }
    }),
    principalOf: (principal) =>
      keepsMailAddresses ? principal : withoutMailbox(keys.index, principal),
    endKeeping: (kept, act) =>
      attempt("record what is no longer kept", () => {
        database.prepare("INSERT OR IGNORE INTO settings VALUES (?, ?)").run(endOf[kept], act)
        readKeeping()
      }),
    unrecordedEnds: attempt("look up what is no longer kept", () =>
      Kept.literals.flatMap((kept) => {
        const act = setting.get(endOf[kept])
        return act === undefined || act === "" ? [] : [{ kept, act }]
      }),
    ),
    markEndRecorded: (kept) =>
      attempt("mark as recorded what is no longer kept", () => {
        set.run(endOf[kept], "")
        readKeeping()
      }),
  })
}

// The primary key is the digest's 32 bytes.
const digestOf = (key: Buffer): SecretDigest => key.toString("hex") as SecretDigest
