import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { IngestStore } from "../ingest/IngestStore.ts"
import { runningProcesses } from "../processes/ProcessRegistry.ts"
import { SecretKeys } from "../secrets/SecretKeys.ts"
import { SecretVault, type VaultCount } from "../secrets/SecretVault.ts"
import type { Answer } from "./Answer.ts"

/** A process works on the data, and would go on sealing under the key that is to go. */
export class KeysInUse extends Schema.TaggedError<KeysInUse>()("KeysInUse", {
  pids: Schema.Array(Schema.Int),
}) {
  override get message(): string {
    return `the keys are in use by process ${this.pids.join(", ")}; stop it, rotate, and start it again`
  }
}

/** Where the keys are, which ones, and what they guard. */
export interface KeyStatus extends VaultCount {
  readonly place: string
  readonly indexKeyId: string
  readonly currentKeyId: string
}

/** Shows where the keys are and what they guard. */
export const showKeys = Effect.fn("showKeys")(function* () {
  return { answer: yield* keyStatus, warnings: [] } satisfies Answer<KeyStatus>
})

/**
 * Gets ready for {@link rewrapSecrets}: keys of our own get a new key first, unless a rotation was
 * interrupted, in which case that one is finished. An operator's own keys are taken as they are.
 */
export const prepareRotation = Effect.fn("prepareRotation")(function* (data: string) {
  const others = runningProcesses(data, yield* Clock.currentTimeMillis)
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid)
  if (others.length > 0) return yield* new KeysInUse({ pids: others })
  const { underOlderKeys } = yield* SecretVault.use((vault) => vault.count)
  if (underOlderKeys === 0) yield* SecretKeys.use((keys) => keys.addKey)
})

/** What a rotation came to. */
export interface Rotation {
  readonly currentKeyId: string
  /** How many secrets and rejected lines are wrapped by the current key now, and were not before. */
  readonly rewrappedSecrets: number
  readonly rewrappedLines: number
}

/** Wraps the data keys of all secrets and rejected lines by the current key. No event changes. */
export const rewrapSecrets = Effect.fn("rewrapSecrets")(function* () {
  const vault = yield* SecretVault
  const store = yield* IngestStore
  // Lines first: the secrets are what shows that a rotation was interrupted.
  const rewrappedLines = yield* store.rewriteRejects(vault.rewrapLine)
  yield* store.scrub
  const rewrappedSecrets = yield* vault.rewrap
  const { underOlderKeys } = yield* vault.count
  // A secret that does not open is kept, with whatever key it may need.
  if (underOlderKeys === 0) yield* SecretKeys.use((keys) => keys.dropOldKeys)
  const { currentKeyId } = yield* keyStatus
  return {
    answer: { currentKeyId, rewrappedSecrets, rewrappedLines },
    warnings:
      underOlderKeys === 0
        ? []
        : [`${underOlderKeys} secrets do not open, so the older keys are kept`],
  } satisfies Answer<Rotation>
})

const keyStatus = Effect.gen(function* () {
  const { place, read } = yield* SecretKeys
  const { indexId, current } = yield* read
  const count = yield* SecretVault.use((vault) => vault.count)
  return {
    place: place.kind === "command" ? place.command : place.file,
    indexKeyId: indexId,
    currentKeyId: current.id,
    ...count,
  }
})
