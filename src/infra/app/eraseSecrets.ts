import * as Effect from "effect/Effect"
import type { TriedSecret } from "../../domain/secret/secret.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import { secretKinds } from "../../projections/queries/StoredSecret.ts"
import { type SecretChoice, triedSecrets } from "../../projections/queries/triedSecrets.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { actNow } from "../secrets/auditTrail.ts"
import { SecretVault } from "../secrets/SecretVault.ts"
import { type Answer, NotFound } from "./Answer.ts"
import { keyedIfAddress } from "./filters.ts"
import { parseInstant } from "./moment.ts"
import { SecretAccess } from "./SecretAccess.ts"
import { countLines, erase } from "./settleErasures.ts"

/** Which secrets are to be erased, as somebody says it: one of the three. */
export interface ErasureInput {
  readonly choice:
    | { readonly password: string }
    | { readonly principal: string }
    | { readonly before: string }
  readonly reason: string | undefined
  /** Without this, nothing is erased: the answer says what would be. */
  readonly confirmed: boolean
}

/**
 * What is erased, or would be. `secrets` counts the distinct ones whose bytes are kept;
 * `alreadyErased` those that are gone. Findings and attempts stay, and know the secret by its digest.
 */
export interface Erasure {
  readonly erased: boolean
  readonly secrets: number
  readonly alreadyErased: number
  readonly notKept: number
  readonly findings: number
  readonly attempts: number
  readonly rejectedLines: number
}

/** Erases secrets for good, or says what that would come to. */
export const eraseSecrets = Effect.fn("eraseSecrets")(function* ({
  choice,
  reason,
  confirmed,
}: ErasureInput) {
  const readModel = yield* ReadModel
  const vault = yield* SecretVault
  const wanted = yield* secretsMeant(choice)
  const tried = yield* readModel.attempt("look up secrets", (database) =>
    triedSecrets(database, wanted),
  )
  // A secret may be in the vault and not yet in the read models.
  const digests = "digests" in wanted ? wanted.digests : tried.digests
  const kept: Array<SecretDigest> = []
  const gone: Array<SecretDigest> = []
  const bytes: Array<TriedSecret> =
    "password" in choice ? [{ kind: "", bytes: Buffer.from(choice.password, "utf8") }] : []
  for (const digest of digests) {
    const opened = yield* vault.open(digest)
    if (opened === "erased") gone.push(digest)
    else if (opened !== "not-kept") kept.push(digest)
    if (typeof opened !== "string") bytes.push({ kind: "", ...opened })
  }
  const notKept = tried.digests.filter((each) => !kept.includes(each) && !gone.includes(each))
  const rejectedLines = yield* countLines(bytes)
  if (kept.length + gone.length + notKept.length + rejectedLines === 0) {
    return yield* new NotFound({
      message: "no such secret was tried, so there is nothing to erase",
    })
  }
  if (confirmed) {
    // Secrets without stored bytes are blocked from being stored later. An erasure that affects only
    // rejected lines is recorded too.
    const some = [...kept, ...notKept]
    const left = gone.length > 0 ? gone : digests.slice(0, 1)
    const meant = some.length === 0 && rejectedLines > 0 ? left : some
    const act = yield* actNow({ command: "erase", ...(reason === undefined ? {} : { reason }) })
    yield* erase(meant, bytes, act)
  }
  return {
    answer: {
      erased: confirmed,
      secrets: kept.length,
      alreadyErased: gone.length,
      notKept: notKept.length,
      findings: tried.findingCount,
      attempts: tried.attemptCount,
      rejectedLines,
    },
    warnings: [],
  } satisfies Answer<Erasure>
})

const secretsMeant = Effect.fnUntraced(function* (choice: ErasureInput["choice"]) {
  if ("principal" in choice) {
    return { ...choice, keyedPrincipal: yield* keyedIfAddress(choice) } satisfies SecretChoice
  }
  if ("before" in choice) {
    return { before: yield* parseInstant("--before", choice.before, "000000") }
  }
  const readModel = yield* ReadModel
  const kinds = yield* readModel.attempt("list the kinds of secrets", secretKinds)
  const access = yield* SecretAccess
  const { password } = choice
  return { digests: yield* access.digestsOf([...new Set(["plaintext", ...kinds])], { password }) }
})
