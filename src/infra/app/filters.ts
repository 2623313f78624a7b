import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ipAddress } from "../../domain/capture/address.ts"
import { sha256Hex } from "../../domain/event/digest.ts"
import { parseTimestamp, type Timestamp } from "../../domain/event/timestamp.ts"
import { isUuid } from "../../domain/event/uuid.ts"
import { UsageError } from "./UsageError.ts"

/** What restricts a list, as the flags give it. */
export interface FilterFlags {
  readonly service: Option.Option<string>
  readonly decky: Option.Option<string>
  readonly attacker: Option.Option<string>
  readonly secretKind: Option.Option<string>
  readonly principal: Option.Option<string>
  readonly secret: Option.Option<string>
  readonly password: Option.Option<string>
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
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

/** Checks the flags that restrict a list. A plaintext secret is asked for by its digest. */
export const filters = Effect.fnUntraced(function* (
  flags: FilterFlags,
): Effect.fn.Return<Filters, UsageError> {
  const password = Option.getOrUndefined(flags.password)
  const secret = Option.getOrUndefined(flags.secret)?.toLowerCase()
  if (password !== undefined && secret !== undefined) {
    return yield* new UsageError({ message: "give --secret or --password, not both" })
  }
  if (secret !== undefined && !/^[0-9a-f]{8,64}$/.test(secret)) {
    return yield* new UsageError({
      message:
        "--secret takes the SHA-256 of a secret or its beginning: 8 to 64 hexadecimal digits",
    })
  }
  const attacker = yield* attackerNamed(Option.getOrUndefined(flags.attacker))
  const since = yield* instant("--since", Option.getOrUndefined(flags.since), "000000")
  const until = yield* instant("--until", Option.getOrUndefined(flags.until), "235959")
  if (since !== undefined && until !== undefined && until < since) {
    return yield* new UsageError({ message: `--until ${until} lies before --since ${since}` })
  }
  return {
    service: Option.getOrUndefined(flags.service),
    decky: Option.getOrUndefined(flags.decky),
    attacker,
    secretKind: Option.getOrUndefined(flags.secretKind),
    principal: Option.getOrUndefined(flags.principal),
    secretSha256: password === undefined ? secret : sha256Hex(Buffer.from(password, "utf8")),
    since,
    until,
  }
})

/** Checks that an attacker is called by an address or a UUID: no other name finds any. */
export const attackerNamed = (
  text: string | undefined,
): Effect.Effect<string | undefined, UsageError> =>
  text === undefined || ipAddress(text) !== undefined || isUuid(text.trim().toLowerCase())
    ? Effect.succeed(text)
    : Effect.fail(
        new UsageError({ message: `--attacker "${text}" is neither an IP address nor a UUID` }),
      )

/** Reads a time given on the command line: UTC unless it says otherwise; a bare day is meant whole. */
export const instant = (
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
