import { randomBytes } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { triedSecret } from "../../../src/domain/secret/secret.ts"
import type { SecretDigest } from "../../../src/domain/secret/secretDigest.ts"
import type { Keys } from "../../../src/infra/secrets/SecretKeys.ts"
import { SecretVault } from "../../../src/infra/secrets/SecretVault.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"

const keysOf = (...all: ReadonlyArray<{ readonly id: string; readonly key: Uint8Array }>): Keys => {
  const [current] = all
  if (current === undefined) throw new Error("a key is needed")
  const keyOf = (id: string) => all.find((each) => each.id === id)?.key
  return { index: Buffer.alloc(32, 1), indexId: "0101010101010101", current, keyOf }
}
const older = { id: "00".repeat(8), key: randomBytes(32) }
const newer = { id: "11".repeat(8), key: randomBytes(32) }

const inDirectory = <A, E>(body: (directory: string) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(temporaryDirectory, body)))

const inVault = <A, E>(
  directory: string,
  keys: Keys,
  body: (vault: SecretVault["Service"]) => Effect.Effect<A, E>,
) =>
  Effect.flatMap(SecretVault, body).pipe(
    Effect.provide(SecretVault.layer({ file: join(directory, "secrets.sqlite"), keys })),
  )

const password = (text: string) => triedSecret("plaintext", Buffer.from(text))

const keep = (vault: SecretVault["Service"], ...texts: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const digests = texts.map((text) => vault.seal(password(text), null).digest)
    yield* vault.flush
    return digests
  })

const textIn = (vault: SecretVault["Service"], digest: SecretDigest | undefined) =>
  Effect.gen(function* () {
    if (digest === undefined) throw new Error("a digest is needed")
    const opened = yield* vault.open(digest)
    return typeof opened === "string" ? opened : Buffer.from(opened.bytes).toString()
  })

describe("the vault of secrets", () => {
  it("gives back what was sealed, in another process too", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const [digest] = yield* inVault(directory, keysOf(older), (vault) => keep(vault, "orchid"))
        const text = inVault(directory, keysOf(older), (vault) => textIn(vault, digest))
        expect(yield* text).toBe("orchid")
      }),
    ))

  it("says the kind and a length class of a secret, and nothing else that could be tried", () =>
    inDirectory((directory) =>
      inVault(directory, keysOf(older), (vault) =>
        Effect.sync(() => {
          const secret = vault.seal(password("orchid"), "root")
          expect(Object.keys(secret).toSorted()).toEqual([
            "digest",
            "kind",
            "lengthClass",
            "rating",
            "variant",
          ])
          expect(secret.lengthClass).toBe("1-7")
        }),
      ),
    ))

  it("keeps each secret once, however often it is tried", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        for (let run = 0; run < 3; run++) {
          yield* inVault(directory, keysOf(older), (vault) => keep(vault, "a", "b", "a", "c", "b"))
        }
        const count = yield* inVault(directory, keysOf(older), (vault) => vault.count)
        expect(count).toMatchObject({ sealed: 3, erased: 0 })
      }),
    ))

  it("holds no password in any of its files, in whatever form", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const texts = Array.from({ length: 50 }, (_, index) => `orchid-number-${index}`)
        yield* inVault(directory, keysOf(older), (vault) =>
          Effect.gen(function* () {
            yield* keep(vault, ...texts)
            for (const file of readdirSync(directory)) {
              const bytes = readFileSync(join(directory, file))
              expect(bytes.includes("orchid")).toBe(false)
              expect(bytes.includes(Buffer.from("orchid", "utf16le"))).toBe(false)
            }
          }),
        )
      }),
    ))

  it("does not open an erased secret, and does not keep it again", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const keys = keysOf(older)
        const [gone, stays] = yield* inVault(directory, keys, (vault) => keep(vault, "ox", "elk"))
        if (gone === undefined) throw new Error("nothing was kept")
        yield* inVault(directory, keys, (vault) => vault.erase([gone]))
        yield* inVault(directory, keys, (vault) => keep(vault, "ox"))
        const opened = yield* inVault(directory, keys, (vault) =>
          Effect.all([textIn(vault, gone), textIn(vault, stays), vault.count]),
        )
        expect(opened).toMatchObject(["erased", "elk", { sealed: 1, erased: 1 }])
      }),
    ))

  it("leaves no sealed bytes of an erased secret in its files, whatever their sizes", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const keys = keysOf(older)
        // Rows of many sizes, in many transactions: pages are split and joined over and over.
        const texts = Array.from({ length: 4800 }, (_, n) => `${n} `.repeat(1 + ((n * n) % 61)))
        const digests = yield* inVault(directory, keys, (vault) =>
          Effect.forEach(
            Array.from({ length: 48 }, (_, n) => texts.slice(n * 100, n * 100 + 100)),
            (some) => keep(vault, ...some),
          ),
        )
        const erased = digests.flat().filter((_, n) => n % 3 > 0)
        const database = new Sqlite(join(directory, "secrets.sqlite"), { readonly: true })
        const envelopeOf = database
          .prepare<[Buffer], Buffer>("SELECT envelope FROM secrets WHERE digest = ?")
          .pluck()
        const envelopes = erased.flatMap(
          (digest) => envelopeOf.get(Buffer.from(digest, "hex")) ?? [],
        )
        database.close()
        expect(envelopes).toHaveLength(erased.length)
        yield* inVault(directory, keys, (vault) => Effect.andThen(vault.erase(erased), vault.scrub))
        const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
        // Nonce and tag differ from secret to secret: a stretch of either would do.
        const left = envelopes.filter((envelope) =>
          files.some((each) => each.includes(envelope.subarray(-24))),
        )
        expect(left).toHaveLength(0)
      }),
    ))

  it("opens under the current key alone once its data keys were rewrapped", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const texts = Array.from({ length: 2500 }, (_, index) => `word ${index}`)
        const digests = yield* inVault(directory, keysOf(older), (vault) => keep(vault, ...texts))
        const rewrap = inVault(directory, keysOf(newer, older), (vault) => vault.rewrap)
        expect(yield* rewrap).toBe(2500)
        expect(yield* rewrap).toBe(0)
        const read = yield* inVault(directory, keysOf(newer), (vault) =>
          Effect.forEach([digests[0], digests[1999], digests[2499]], (each) => textIn(vault, each)),
        )
        expect(read).toEqual(["word 0", "word 1999", "word 2499"])
        const [digest] = digests
        const old = inVault(directory, keysOf(older), (vault) => textIn(vault, digest))
        expect(yield* old).toBe("unknown-key")
      }),
    ))

  it("loses one secret alone where its envelope is damaged", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const keys = keysOf(older)
        const [bad, good] = yield* inVault(directory, keys, (vault) => keep(vault, "ox", "elk"))
        const database = new Sqlite(join(directory, "secrets.sqlite"))
        const key = Buffer.from(bad ?? "", "hex")
        const envelope = database
          .prepare<[Buffer], Buffer>("SELECT envelope FROM secrets WHERE digest = ?")
          .pluck()
          .get(key)
        if (envelope === undefined) throw new Error("it was not kept")
        envelope[100] = (envelope[100] ?? 0) ^ 1
        database.prepare("UPDATE secrets SET envelope = ? WHERE digest = ?").run(envelope, key)
        database.close()
        const read = yield* inVault(directory, keys, (vault) =>
          Effect.all([textIn(vault, bad), textIn(vault, good)]),
        )
        expect(read).toEqual(["damaged", "elk"])
      }),
    ))

  it("keeps no bytes once it was told to, and digests stay the same", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const keys = keysOf(older)
        const [before] = yield* inVault(directory, keys, (vault) => keep(vault, "ox"))
        yield* inVault(directory, keys, (vault) => vault.endKeeping("secrets", "by kim"))
        yield* inVault(directory, keys, (vault) => vault.endKeeping("secrets", "by lou"))
        const told = inVault(directory, keys, (vault) =>
          Effect.tap(vault.unrecordedEnds, vault.markEndRecorded("secrets")),
        )
        expect([yield* told, yield* told]).toEqual([[{ kept: "secrets", act: "by kim" }], []])
        const [same, fresh] = yield* inVault(directory, keys, (vault) => keep(vault, "ox", "elk"))
        expect(same).toBe(before)
        const read = yield* inVault(directory, keys, (vault) =>
          Effect.all([textIn(vault, same), textIn(vault, fresh)]),
        )
        expect(read).toEqual(["ox", "not-kept"])
      }),
    ))
})
