import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ZoneCorrection } from "../../domain/event/timestamp.ts"
import { adapters } from "../sources/adapters.ts"
import type { SourceAdapter } from "../sources/SourceAdapter.ts"
import { type UnknownTimeZone, zoneCorrection } from "../sources/zoneCorrection.ts"
import type { DeckyMap, DeckyRules } from "./deckyNames.ts"

/** A format that nobody knows. */
export class UnknownFormat extends Schema.TaggedError<UnknownFormat>()("UnknownFormat", {
  format: Schema.String,
}) {
  override get message(): string {
    const known = adapters.map((adapter) => adapter.format).join(", ")
    return `there is no format "${this.format}": give one of ${known}`
  }
}

/** How sources are read, as the operator says it. */
export interface IngestSettings extends DeckyRules {
  readonly adapter: SourceAdapter | undefined
  readonly zone: ZoneCorrection
}

/** Checks what the operator says before anything is opened. */
export const ingestSettings = Effect.fnUntraced(function* (said: {
  readonly format: string | undefined
  readonly decky: string | undefined
  readonly deckies?: DeckyMap | undefined
  readonly timezone: string
}): Effect.fn.Return<IngestSettings, UnknownFormat | UnknownTimeZone> {
  const wanted = said.format?.trim().toLowerCase()
  const adapter = adapters.find(({ format }) => format === wanted)
  if (said.format !== undefined && adapter === undefined) {
    return yield* new UnknownFormat({ format: said.format })
  }
  const zone = zoneCorrection(said.timezone)
  if (typeof zone !== "function") return yield* zone
  return { adapter, decky: said.decky, deckies: said.deckies, zone }
})
