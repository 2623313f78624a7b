import * as Effect from "effect/Effect"
import { previewSource } from "../ingest/previewSource.ts"
import { type Answer, UsageError } from "./Answer.ts"
import type { IngestPlan, IngestProblem } from "./ingestFiles.ts"

/** A decky that an ingest would create from the files of one format. */
export interface PreviewedDecky {
  readonly decky: string
  readonly format: string
  /** Attempts in these files, duplicates included. */
  readonly captures: number
  readonly fileCount: number
  /** The first of the files. */
  readonly file: string
}

/** What an ingest would read, and the problems with the rest, worst first. */
export interface IngestPreview {
  readonly preview: { readonly deckies: ReadonlyArray<PreviewedDecky>; readonly rejected: number }
  readonly problems: ReadonlyArray<IngestProblem>
}

/** Reads files as an ingest would, writes nothing, and lists the deckies found in them. */
export const previewIngest = Effect.fn("previewIngest")(function* ({
  settings,
  sources,
  stdin,
  problems,
  warnings,
  progress,
}: IngestPlan) {
  if (stdin !== undefined) {
    return yield* new UsageError({
      message: "a dry run cannot read standard input: name the files",
    })
  }
  const unreadable: Array<IngestProblem> = []
  const deckies = new Map<
    string,
    { -readonly [Key in keyof PreviewedDecky]: PreviewedDecky[Key] }
  >()
  for (const source of sources) {
    const { format } = source.adapter
    yield* previewSource(
      source,
      settings.zone,
      progress,
      (file, decky, captures) => {
        const name = `${decky}\0${format}`
        const known = deckies.get(name)
        if (known === undefined) {
          deckies.set(name, { decky, format, captures, fileCount: 1, file: file.path })
        } else {
          known.captures += captures
          known.fileCount++
        }
      },
      (error) => unreadable.push(error),
    )
  }
  const previewed: Answer<IngestPreview> = {
    answer: {
      preview: {
        deckies: [...deckies.values()].sort((a, b) => (a.decky < b.decky ? -1 : 1)),
        rejected: progress.rejected,
      },
      problems: [...unreadable, ...problems],
    },
    warnings: [...progress.warnings, ...progress.deckies.warnings.values(), ...warnings],
  }
  return previewed
})
