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
    return `there is no format "${this.format}": give one of ${known}, or a .json file that describes one`
  }
}

/** How sources are read, as the operator says it. */
export interface IngestSettings extends DeckyRules {
  readonly adapter: SourceAdapter | undefined
  readonly zone: ZoneCorrection
}

/** Checks what the operator says before anything is opened. */
export const ingestSettings = Effect.fnUntraced(function* (said: {
  /** A mapped format, or the name of a built-in one. */
  readonly format: SourceAdapter | string | undefined
  readonly decky: string | undefined
  readonly deckies?: DeckyMap | undefined
  readonly timezone: string
}): Effect.fn.Return<IngestSettings, UnknownFormat | UnknownTimeZone> {
  const adapter = typeof said.format === "string" ? yield* known(said.format) : said.format
  const zone = zoneCorrection(said.timezone)
  if (typeof zone !== "function") return yield* zone
  return { adapter, decky: said.decky, deckies: said.deckies, zone }
})

const known = (format: string): Effect.Effect<SourceAdapter, UnknownFormat> => {
  const wanted = format.trim().toLowerCase()
  const adapter = adapters.find((one) => one.format === wanted)
  return adapter === undefined
    ? Effect.fail(new UnknownFormat({ format }))
    : Effect.succeed(adapter)
}
