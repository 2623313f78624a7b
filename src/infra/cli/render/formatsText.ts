import type { FormatNote } from "../../sources/formatNotes.ts"

/** Formats as text: a block each, the example last. */
export const formatsText = (formats: ReadonlyArray<FormatNote>): string =>
  formats
    .map((note) =>
      [
        note.format,
        `  reads          ${note.reads}`,
        `  leaves out     ${note.leavesOut}`,
        `  recognised by  ${note.recognisedBy}`,
        `  time zone      ${note.timeZone}`,
        `  names host     ${note.host}`,
        `  seen           ${note.seen}`,
        `  example        ${note.example}`,
      ].join("\n"),
    )
    .join("\n\n")
