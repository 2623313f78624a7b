import * as Effect from "effect/Effect"
import { ipAddress } from "../../domain/capture/address.ts"
import { sha256Hex } from "../../domain/event/digest.ts"
import { parseTimestamp, type Timestamp } from "../../domain/event/timestamp.ts"
import { isUuid } from "../../domain/event/uuid.ts"
import { UsageError } from "./UsageError.ts"

/** What restricts a list, as somebody wrote it. */
export interface FilterInput {
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly attacker: string | undefined
  readonly secretKind: string | undefined
  readonly principal: string | undefined
  readonly secret: string | undefined
  readonly password: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
}

/** The same, checked and in the words of the queries. */
export interface Filters {
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly attacker: string | undefined
  readonly secretKind: string | undefined
  readonly principal: string | undefined
  readonly secretSha256: string | undefined
  readonly since: Timestamp | undefined
  readonly until: Timestamp | undefined
}

/** Checks what restricts a list. A plaintext secret is asked for by its digest. */
export const parseFilters = Effect.fnUntraced(function* (
  input: FilterInput,
): Effect.fn.Return<Filters, UsageError> {
  const { service, decky, secretKind, principal, password } = input
  const secret = input.secret?.toLowerCase()
  if (password !== undefined && secret !== undefined) {
    return yield* new UsageError({ message: "give --secret or --password, not both" })
  }
  if (secret !== undefined && !/^[0-9a-f]{8,64}$/.test(secret)) {
    return yield* new UsageError({
      message:
        "--secret takes the SHA-256 of a secret or its beginning: 8 to 64 hexadecimal digits",
    })
  }
  const attacker = yield* parseAttacker(input.attacker)
  const secretSha256 = password === undefined ? secret : sha256Hex(Buffer.from(password, "utf8"))
  const range = yield* parseRange(input)
  return { service, decky, attacker, secretKind, principal, secretSha256, ...range }
})

/** Reads the bounds of a span of time; a bare day is meant whole. */
export const parseRange = Effect.fnUntraced(function* (
  input: Pick<FilterInput, "since" | "until">,
): Effect.fn.Return<Pick<Filters, "since" | "until">, UsageError> {
  const since = yield* parseInstant("--since", input.since, "000000")
  const until = yield* parseInstant("--until", input.until, "235959")
  if (since !== undefined && until !== undefined && until < since) {
    return yield* new UsageError({ message: `--until ${until} lies before --since ${since}` })
  }
  return { since, until }
})

/** Checks that an attacker is called by an address or a UUID: no other name finds any. */
export const parseAttacker = (
  text: string | undefined,
): Effect.Effect<string | undefined, UsageError> =>
  text === undefined || ipAddress(text) !== undefined || isUuid(text.trim().toLowerCase())
    ? Effect.succeed(text)
    : Effect.fail(
        new UsageError({ message: `--attacker "${text}" is neither an IP address nor a UUID` }),
      )

/** Reads a time: UTC unless it says otherwise; a bare day is meant whole. */
export const parseInstant = (
  flag: string,
  text: string | undefined,
  timeOfBareDay: "000000" | "235959",
): Effect.Effect<Timestamp | undefined, UsageError> => {
  if (text === undefined) return Effect.succeed(undefined)
  const bare = timeOfBareDay === "000000" ? "T00:00:00.000000Z" : "T23:59:59.999999Z"
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? `${text}${bare}`
    : text.replace(/^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2})(?=$|Z|[+-])/, "$1:00")
  const parsed = parseTimestamp(full, () => 0)
  return parsed === undefined
    ? Effect.fail(
        new UsageError({
          message: `${flag} "${text}" is not a time: give 2026-03-01, 2026-03-01T12:30Z or 2026-03-01T12:30:00+02:00`,
        }),
      )
    : Effect.succeed(parsed)
}
