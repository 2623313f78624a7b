import * as Effect from "effect/Effect"
import type { IngestSettings, UnknownFormat } from "../ingest/ingestSettings.ts"
import { ingestSettings } from "../ingest/ingestSettings.ts"
import type { UnknownTimeZone } from "../sources/zoneCorrection.ts"
import { UsageError } from "./UsageError.ts"

/** How sources are read, as the operator says it: checked before anything is opened. */
export const sourceSettings = Effect.fnUntraced(function* (said: {
  readonly format: string | undefined
  readonly decky: string | undefined
  readonly timezone: string
}): Effect.fn.Return<IngestSettings, UsageError | UnknownFormat | UnknownTimeZone> {
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
