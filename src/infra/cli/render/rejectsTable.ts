import type { Rejects } from "../../app/showRejects.ts"
import { type ListView, table } from "./table.ts"
import { jsonText } from "./visible.ts"
import { pageText } from "./wording.ts"

/** A page of the lines that were not understood, with their content where it was revealed. */
export const rejectsTable = ({ total, rejects }: Rejects, view: ListView): string => {
  if (total === 0) return "no rejected lines"
  const isRevealed = rejects.some(({ content }) => content !== undefined)
  const rows = table(
    [
      { title: "FILE", flexible: true },
      { title: "LINE", align: "right" },
      { title: "REASON" },
      { title: "BYTES", align: "right" },
      ...(isRevealed ? [{ title: "CONTENT", flexible: true }] : []),
    ],
    rejects.map(({ file, line, reason, length, content }) => [
      file,
      String(line),
      reason,
      String(length),
      ...(isRevealed ? [Buffer.from(content ?? []).toString("utf8")] : []),
    ]),
    view.width,
  )
  return `${rows}\n\n${pageText(view.offset, rejects.length, total)}`
}

/** The same as JSON. */
export const rejectsJson = ({ total, rejects }: Rejects): string => {
  const rows = rejects.map(({ content, ...reject }) => ({
    ...reject,
    ...(content === undefined ? {} : { base64: Buffer.from(content).toString("base64") }),
  }))
  return jsonText({ total, rejects: rows }, 2)
}
