import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import type { SecretKeys } from "../../secrets/SecretKeys.ts"
import type { SecretVault } from "../../secrets/SecretVault.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

/** What commands about keys open. The keys are read when it is opened. */
type KeysOpening = Opening<EventLog | IngestStore | SecretKeys | SecretVault>

export const keys = Command.make("keys", { json: flags.json }).pipe(
  Command.withDescription("Show where the keys are and what they guard"),
)

export const printKeys = Effect.fn("keys")(function* (
  { json }: InputOf<typeof keys>,
  opening: KeysOpening,
) {
  const { showKeys } = yield* load(() => import("../../app/rotateKeys.ts"))
  const { keysText } = yield* load(() => import("../render/keysText.ts"))
  yield* printAnswer(showKeys().pipe(Effect.provide(opening)), (status) =>
    json ? jsonText(status, 2) : keysText(status),
  )
})

export const keysRotate = Command.make("rotate", { json: flags.json }).pipe(
  Command.withDescription("Wrap all secrets by a new key; no event changes"),
)

export const runRotation = Effect.fn("keys rotate")(function* (
  { json }: InputOf<typeof keysRotate>,
  opening: KeysOpening,
) {
  const { data } = yield* root
  const { prepareRotation, rewrapSecrets } = yield* load(() => import("../../app/rotateKeys.ts"))
  const { rotationText } = yield* load(() => import("../render/keysText.ts"))
  yield* prepareRotation(data).pipe(Effect.provide(opening))
  // Opened again, with the keys as they are now.
  yield* printAnswer(rewrapSecrets().pipe(Effect.provide(opening, { local: true })), (rotation) =>
    json ? jsonText(rotation, 2) : rotationText(rotation),
  )
})
