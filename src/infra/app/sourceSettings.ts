import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { Kept } from "../../domain/event/events.ts"
import type { OnPoison } from "../../projections/foldBatch.ts"
import { type DeckyMap, givenName, parseDeckyMap, ruleProblem } from "../ingest/deckyNames.ts"
import {
  type IngestSettings,
  ingestSettings,
  type UnknownFormat,
} from "../ingest/ingestSettings.ts"
import { reading, type SourceUnreadable } from "../ingest/SourceUnreadable.ts"
import { adapters } from "../sources/adapters.ts"
import { parseMapping } from "../sources/mapped/Mapping.ts"
import { mappedFormat } from "../sources/mapped/mappedFormat.ts"
import type { SourceAdapter } from "../sources/SourceAdapter.ts"
import type { UnknownTimeZone } from "../sources/zoneCorrection.ts"
import { UsageError } from "./Answer.ts"

/** What to read into which data, and what a projection does about an event it cannot fold. */
export interface IngestInput {
  readonly data: string
  readonly paths: ReadonlyArray<string>
  readonly format: string | undefined
  readonly decky: string | undefined
  /** The file that maps paths and logged names to deckies. */
  readonly deckies: string | undefined
  readonly timezone: string
  readonly onPoison: OnPoison
  /** Whether no bytes of secrets are to be kept in the data, from here on. */
  readonly noPlaintext: boolean
  /** Whether to stop storing mail addresses in the log. */
  readonly noMailAddresses: boolean
}

/** What to stop storing. */
export const noLongerKept = (
  said: Pick<IngestInput, "noPlaintext" | "noMailAddresses">,
): ReadonlyArray<Kept> => [
  ...(said.noPlaintext ? ["secrets" as const] : []),
  ...(said.noMailAddresses ? ["mail-addresses" as const] : []),
]

/** How sources are read, as the operator says it: checked before anything is opened. */
export const sourceSettings = Effect.fnUntraced(function* (
  said: Pick<IngestInput, "format" | "decky" | "deckies" | "timezone">,
): Effect.fn.Return<
  IngestSettings,
  UsageError | UnknownFormat | UnknownTimeZone | SourceUnreadable
> {
  const { decky } = said
  const problem = decky === undefined ? undefined : ruleProblem(decky)
  if (problem !== undefined) return yield* new UsageError({ message: problem })
  const format = yield* formatOf(said.format)
  if (said.deckies === undefined) {
    return yield* ingestSettings({ ...said, format, deckies: undefined })
  }
  if (givenName({ decky }) !== undefined) {
    return yield* new UsageError({
      message: "--decky gives every host one name, so --deckies has nothing to map; leave one out",
    })
  }
  return yield* ingestSettings({ ...said, format, deckies: yield* readDeckyMap(said.deckies) })
})

/** Reads a format from a mapping file; any other format is given by name. */
const formatOf = (
  said: string | undefined,
): Effect.Effect<SourceAdapter | string | undefined, UsageError | SourceUnreadable> => {
  if (said === undefined || !said.endsWith(".json")) return Effect.succeed(said)
  return Effect.flatMap(
    reading(said, () => readFile(said, "utf8")),
    (text) =>
      Effect.try({
        try: () => mappedFormat(parseMapping(text)),
        catch: (cause) =>
          new UsageError({ message: `${said} is not a valid mapping: ${reasonOf(cause)}` }),
      }),
  ).pipe(
    Effect.filterOrFail(
      ({ format }) => !adapters.some((known) => known.format === format),
      ({ format }) =>
        new UsageError({
          message: `${said}: ${format} is the name of a built-in format; choose another`,
        }),
    ),
  )
}

/** An error message on one line. */
const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s*\n\s*/g, " ")

const readDeckyMap = (file: string): Effect.Effect<DeckyMap, UsageError | SourceUnreadable> =>
  Effect.flatMap(
    reading(file, () => readFile(file, "utf8")),
    (text) =>
      Effect.try({
        try: () => parseDeckyMap(text, dirname(resolve(file))),
        catch: (cause) =>
          new UsageError({ message: `${file} is not a valid map of deckies: ${reasonOf(cause)}` }),
      }),
  )
