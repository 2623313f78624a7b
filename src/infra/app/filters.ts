import * as Effect from "effect/Effect"
import { ipAddress } from "../../domain/capture/address.ts"
import { sha256Hex } from "../../domain/event/digest.ts"
import { isUuid } from "../../domain/event/uuid.ts"
import { parseRange, type Range, type RangeInput } from "./moment.ts"
import { UsageError } from "./UsageError.ts"

/** What restricts a list, as somebody wrote it. */
export interface FilterInput extends RangeInput {
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly attacker: string | undefined
  readonly secretKind: string | undefined
  readonly principal: string | undefined
  readonly secret: string | undefined
  readonly password: string | undefined
}

/** The same, checked and in the words of the queries. */
export interface Filters extends Range {
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly attacker: string | undefined
  readonly secretKind: string | undefined
  readonly principal: string | undefined
  readonly secretSha256: string | undefined
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

/** Checks that an attacker is called by an address or a UUID: no other name finds any. */
export const parseAttacker = (
  text: string | undefined,
): Effect.Effect<string | undefined, UsageError> =>
  text === undefined || ipAddress(text) !== undefined || isUuid(text.trim().toLowerCase())
    ? Effect.succeed(text)
    : Effect.fail(
        new UsageError({ message: `--attacker "${text}" is neither an IP address nor a UUID` }),
      )
