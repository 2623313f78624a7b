import * as Effect from "effect/Effect"
import type { RecordedEvent } from "../../domain/event/events.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import type { NotOpened } from "../secrets/SecretVault.ts"
import type { OpenedSecret } from "../secrets/sealedPayload.ts"
import type { Answer } from "./Answer.ts"
import { type OpenedSecrets, type RevealRequest, SecretAccess } from "./SecretAccess.ts"

/**
 * The bytes of a secret in an answer. Where they are no plain text, `base64` has them and `printable`
 * is a rendering with `?` for what cannot be shown.
 */
export interface RevealedBytes {
  readonly printable?: string
  readonly base64?: string
  /** The bytes as the sensor logged them, where a normalisation changed them. */
  readonly originalBase64?: string
  /** Only the beginning of a long secret is kept. */
  readonly cut?: true
  readonly notRevealed?: NotOpened
}

/** The answer of a use case with its secrets revealed, which is put on record first. */
export const revealing =
  (request: RevealRequest) =>
  <A, E, R>(useCase: Effect.Effect<Answer<A>, E, R>) =>
    Effect.flatMap(useCase, ({ answer, warnings }) =>
      Effect.map(revealIn(answer, request), (revealed) => ({ answer: revealed, warnings })),
    )

/** A value with all secrets in it revealed: wherever it says the digest of one. */
export const revealIn = Effect.fnUntraced(function* <A>(value: A, request: RevealRequest) {
  const digests = new Set<SecretDigest>()
  collect(value, digests)
  const access = yield* SecretAccess
  const opened = yield* access.reveal([...digests], request)
  return withBytes(value, opened) as A // the same, with what is optional in it
})

/** Events with all secrets in them revealed. */
export const revealInEvents = Effect.fnUntraced(function* (
  events: ReadonlyArray<RecordedEvent>,
  request: RevealRequest,
) {
  const data = yield* revealIn(
    events.map((event) => event.data),
    request,
  )
  return events.map(
    ({ position, stream, revision, id, type, recordedAt, metadata }, index): RecordedEvent => ({
      ...{ position, stream, revision, id, type, recordedAt, metadata },
      data: data[index],
    }),
  )
})

const isDigest = (value: unknown): value is SecretDigest =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value)

/** What says all that a secret says in events and answers. */
const isSecret = (
  value: object,
): value is { readonly kind: string; readonly digest: SecretDigest } =>
  "kind" in value && "lengthClass" in value && "digest" in value && isDigest(value.digest)

const collect = (value: unknown, digests: Set<SecretDigest>): void => {
  if (typeof value !== "object" || value === null) return
  if (isSecret(value)) digests.add(value.digest)
  else for (const part of Object.values(value)) collect(part, digests)
}

const withBytes = (value: unknown, opened: OpenedSecrets): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((part) => withBytes(part, opened))
  if (isSecret(value)) return { ...value, ...revealedBytes(opened.get(value.digest) ?? "not-kept") }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withBytes(part, opened)]),
  )
}

// Control characters, the replacement character that stands for bytes that are no UTF-8, and the
// invisible characters that turn or hide text on a screen.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u
const unprintables = new RegExp(unprintable, "gu")

const revealedBytes = (opened: OpenedSecret | NotOpened): RevealedBytes => {
  if (typeof opened === "string") return { notRevealed: opened }
  const bytes = Buffer.from(opened.bytes)
  const text = bytes.toString("utf8")
  return {
    ...(unprintable.test(text)
      ? { printable: text.replace(unprintables, "?"), base64: bytes.toString("base64") }
      : { printable: text }),
    ...(opened.original === undefined
      ? {}
      : { originalBase64: Buffer.from(opened.original).toString("base64") }),
    ...(opened.isCut ? { cut: true } : {}),
  }
}
