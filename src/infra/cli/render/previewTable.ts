import type { IngestPreview } from "../../app/previewIngest.ts"
import { table } from "./table.ts"
import { countText } from "./wording.ts"

/** The deckies that an ingest would create, as a table. */
export const previewTable = (
  { deckies, rejected }: IngestPreview["preview"],
  width: number | undefined,
): string => {
  if (deckies.length === 0) return "no captures; nothing was written"
  const rows = table(
    [
      { title: "DECKY" },
      { title: "FORMAT" },
      { title: "CAPTURES", align: "right" },
      { title: "FILES", align: "right" },
      { title: "FIRST FILE", flexible: true },
    ],
    deckies.map(({ decky, format, captures, fileCount, file }) => [
      decky,
      format,
      captures.toLocaleString("en-US"),
      String(fileCount),
      file,
    ]),
    width,
  )
  const others = rejected > 0 ? `; ${countText(rejected, "line")} would be rejected` : ""
  return `${rows}\n\nnothing was written${others}`
}
