import * as Effect from "effect/Effect"
import { ipAddress } from "../../domain/capture/address.ts"
import { serviceName } from "../../domain/capture/service.ts"
import { isUuid } from "../../domain/event/uuid.ts"
import { isMailAddress } from "../../domain/secret/mailAddress.ts"
import { targetNames } from "../../projections/queries/Conditions.ts"
import { secretKinds } from "../../projections/queries/StoredSecret.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { UsageError } from "./Answer.ts"
import { parseRange, type Range, type RangeInput } from "./moment.ts"
import { type AskedSecret, SecretAccess } from "./SecretAccess.ts"

/** What restricts a list, as somebody wrote it. */
export interface FilterInput extends RangeInput {
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly attacker: string | undefined
  readonly secretKind: string | undefined
  readonly principal: string | undefined
  readonly secret: string | undefined
  readonly password: string | undefined
  readonly sha256: string | undefined
}

/** The same, checked and in the words of the queries. */
export interface Filters extends Range {
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly attacker: string | undefined
  readonly secretKind: string | undefined
  readonly principal: string | undefined
  readonly secretDigest: string | undefined
  readonly asked: AskedSecret | undefined
}

/** Checks what restricts a list. */
export const parseFilters = Effect.fnUntraced(function* (
  input: FilterInput,
): Effect.fn.Return<Filters, UsageError> {
  const { service, decky, secretKind, principal, password } = input
  const sha256 = input.sha256?.toLowerCase()
  const secret = input.secret?.toLowerCase()
  if ([secret, password, sha256].filter((given) => given !== undefined).length > 1) {
    return yield* new UsageError({ message: "give one of --secret, --password and --sha256" })
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    return yield* new UsageError({
      message: "--sha256 takes the SHA-256 of a secret: 64 hexadecimal digits",
    })
  }
  if (secret !== undefined && !/^[0-9a-f]{8,64}$/.test(secret)) {
    return yield* new UsageError({
      message:
        "--secret takes the digest of a secret, as credtrail shows it, or its beginning: 8 to 64 hexadecimal digits",
    })
  }
  const attacker = yield* parseAttacker(input.attacker)
  const asked =
    password === undefined ? (sha256 === undefined ? undefined : { sha256 }) : { password }
  const range = yield* parseRange(input)
  return { service, decky, attacker, secretKind, principal, secretDigest: secret, asked, ...range }
})

/**
 * A query in the words of the read models: the service and the kind of secret as ingest names them,
 * each of which must have been seen, and the secret that is asked for as the digests it has under the
 * kinds that were tried. Only whoever holds the keys can ask by a password or a SHA-256.
 */
export const resolveFilters = Effect.fnUntraced(function* <
  Query extends Pick<Filters, "asked"> &
    Partial<Pick<Filters, "service" | "secretKind" | "principal">>,
>({ asked, ...query }: Query) {
  const readModel = yield* ReadModel
  const [service] = yield* seenNames("service", query.service === undefined ? [] : [query.service])
  const kinds = yield* readModel.attempt("list the kinds of secrets", secretKinds)
  const secretKind = query.secretKind?.trim().toLowerCase()
  if (secretKind !== undefined) yield* mustBeSeen("kind of secret", secretKind, kinds)
  const resolved = { ...query, service, secretKind, keyedPrincipal: yield* keyedIfAddress(query) }
  if (asked === undefined) return resolved
  const access = yield* SecretAccess
  return { ...resolved, secretDigests: yield* access.digestsOf(kinds, asked) }
})

/** The principal that stands for a mail address when addresses are not stored; needs the keys. */
export const keyedIfAddress = Effect.fnUntraced(function* ({
  principal,
}: Partial<Pick<Filters, "principal">>) {
  if (principal === undefined || !isMailAddress(principal)) return undefined
  const access = yield* SecretAccess
  return yield* access
    .withoutMailbox(principal)
    .pipe(Effect.catchTag("SecretKeysUnavailable", () => Effect.succeed(undefined)))
})

/** Names of services or deckies as the read models have them; each must have been seen. */
export const seenNames = Effect.fnUntraced(function* (
  what: "service" | "decky",
  given: ReadonlyArray<string>,
): Effect.fn.Return<ReadonlyArray<string>, UsageError | ReadModelUnavailable, ReadModel> {
  if (given.length === 0) return given
  const readModel = yield* ReadModel
  const seen = yield* readModel.attempt("list what was attacked", targetNames(what))
  return yield* Effect.forEach(given, (name) => {
    // A pattern stands for whatever fits it.
    if (name.includes("*")) return Effect.succeed(name)
    const wanted = what === "service" ? serviceName(name) : name
    return Effect.as(mustBeSeen(what, wanted, seen), wanted)
  })
})

/** Where nothing was seen at all, nothing is wrong with the question. */
const mustBeSeen = (
  what: string,
  name: string,
  seen: ReadonlyArray<string>,
): Effect.Effect<void, UsageError> =>
  seen.length === 0 || seen.includes(name)
    ? Effect.void
    : Effect.fail(
        new UsageError({
          message: `no ${what} "${name}" was seen; there are ${seen.slice(0, maxNames).join(", ")}${seen.length > maxNames ? ` and ${seen.length - maxNames} more` : ""}`,
        }),
      )

const maxNames = 40

/** Checks that an attacker is called by an address or a UUID: no other name finds any. */
export const parseAttacker = (
  text: string | undefined,
): Effect.Effect<string | undefined, UsageError> =>
  text === undefined || ipAddress(text) !== undefined || isUuid(text.trim().toLowerCase())
    ? Effect.succeed(text)
    : Effect.fail(
        new UsageError({ message: `--attacker "${text}" is neither an IP address nor a UUID` }),
      )
