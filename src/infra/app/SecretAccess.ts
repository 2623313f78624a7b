import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SecretRevealed } from "../../domain/event/events.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import type { DataDirectoryUnusable, LogMismatch } from "../eventlog/dataDirectory.ts"
import type { EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { IngestStoreUnavailable } from "../ingest/IngestStore.ts"
import type { ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import type { KeysMismatch } from "../secrets/bindKeys.ts"
import type { SecretKeysUnavailable } from "../secrets/SecretKeys.ts"
import type { NotOpened, SecretVaultUnavailable } from "../secrets/SecretVault.ts"
import type { OpenedSecret } from "../secrets/sealedPayload.ts"

/** A secret that somebody asks for by what they know of it. */
export type AskedSecret = { readonly password: string } | { readonly sha256: string }

/** Which command looks at secrets, and why where that was said. */
export type RevealRequest = Pick<SecretRevealed, "command" | "reason">

/** Why secrets cannot be revealed. */
export type SecretAccessError =
  | SecretKeysUnavailable
  | SecretVaultUnavailable
  | KeysMismatch
  | EventLogUnavailable
  | DataDirectoryUnusable
  | LogMismatch
  | ReadModelUnavailable
  | IngestStoreUnavailable

/** The bytes of secrets by their digests, or why they cannot be had. */
export type OpenedSecrets = ReadonlyMap<string, OpenedSecret | NotOpened>

/**
 * Secrets for whoever holds the keys: their digests from what is known of them, and their bytes.
 * Nothing is opened before it is asked for, so that a command which asks for none needs no keys.
 */
export class SecretAccess extends Context.Service<
  SecretAccess,
  {
    /** The digests that a secret has under each kind. */
    readonly digestsOf: (
      kinds: ReadonlyArray<string>,
      asked: AskedSecret,
    ) => Effect.Effect<ReadonlyArray<SecretDigest>, SecretKeysUnavailable>
    /** The principal that stands for a mail address when addresses are not stored. */
    readonly withoutMailbox: (address: string) => Effect.Effect<string, SecretKeysUnavailable>
    /** Opens secrets, once an event in the log says who does; nothing is opened where it cannot. */
    readonly reveal: (
      digests: ReadonlyArray<SecretDigest>,
      request: RevealRequest,
    ) => Effect.Effect<OpenedSecrets, SecretAccessError>
    /** Opens sealed lines, put on record in the same way; one that does not open is `undefined`. */
    readonly revealLines: (
      sealed: ReadonlyArray<Uint8Array>,
      request: RevealRequest,
    ) => Effect.Effect<ReadonlyArray<Uint8Array | undefined>, SecretAccessError>
  }
>()("credtrail/SecretAccess") {}
