import type { Rejects } from "../../app/showRejects.ts"
import type { ListView } from "./table.ts"
import { table } from "./table.ts"
import { jsonText } from "./visible.ts"
import { pageText } from "./wording.ts"

/** A page of the lines that were not understood. Their content may hold secrets, so it is masked. */
export const rejectsTable = (
  { total, rejects }: Rejects,
  view: ListView & { readonly reveal: boolean },
): string => {
  if (total === 0) return "no rejected lines"
  const rows = table(
    [
      { title: "FILE", flexible: true },
      { title: "LINE", align: "right" },
      { title: "REASON" },
      { title: "BYTES", align: "right" },
      ...(view.reveal ? [{ title: "CONTENT", flexible: true }] : []),
    ],
    rejects.map(({ file, line, reason, length, bytes }) => [
      file,
      String(line),
      reason,
      String(length),
      ...(view.reveal ? [Buffer.from(bytes).toString("utf8")] : []),
    ]),
    view.width,
  )
  return `${rows}\n\n${pageText(view.offset, rejects.length, total)}`
}

/** The same as JSON. */
export const rejectsJson = ({ total, rejects }: Rejects, reveal: boolean): string => {
  const rows = rejects.map(({ bytes, ...reject }) => ({
    ...reject,
    ...(reveal ? { base64: Buffer.from(bytes).toString("base64") } : {}),
  }))
  return jsonText({ total, rejects: rows }, 2)
}
