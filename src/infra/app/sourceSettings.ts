import * as Effect from "effect/Effect"
import type { OnPoison } from "../../projections/foldBatch.ts"
import {
  type IngestSettings,
  ingestSettings,
  type UnknownFormat,
} from "../ingest/ingestSettings.ts"
import type { UnknownTimeZone } from "../sources/zoneCorrection.ts"
import { UsageError } from "./Answer.ts"

/** What to read into which data, and what a projection does about an event it cannot fold. */
export interface IngestInput {
  readonly data: string
  readonly paths: ReadonlyArray<string>
  readonly format: string | undefined
  readonly decky: string | undefined
  readonly timezone: string
  readonly onPoison: OnPoison
  /** Whether no bytes of secrets are to be kept in the data, from here on. */
  readonly noPlaintext: boolean
}

/** How sources are read, as the operator says it: checked before anything is opened. */
export const sourceSettings = Effect.fnUntraced(function* (
  said: Pick<IngestInput, "format" | "decky" | "timezone">,
): Effect.fn.Return<IngestSettings, UsageError | UnknownFormat | UnknownTimeZone> {
  if (said.decky?.trim() === "") {
    return yield* new UsageError({ message: "the name given with --decky is empty" })
  }
  const [strange] = said.decky?.match(/\{(?!(?:dir|file)\})\w*\}/) ?? []
  if (strange !== undefined) {
    return yield* new UsageError({
      message: `--decky knows {dir} and {file}, and no ${strange}`,
    })
  }
  return yield* ingestSettings(said)
})
