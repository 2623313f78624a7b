import type { Erasure } from "../../app/eraseSecrets.ts"
import type { AuditEntry } from "../../app/showAudit.ts"
import { type Column, table } from "./table.ts"
import { countText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "AT (UTC)" },
  { title: "WHAT" },
  { title: "ABOUT", flexible: true },
  { title: "BY", flexible: true },
  { title: "COMMAND", flexible: true },
  { title: "REASON", flexible: true },
  { title: "POSITION", dispensable: true },
]

/** What people did, one line each. */
export const auditTable = (entries: ReadonlyArray<AuditEntry>, width?: number): string =>
  entries.length === 0
    ? "nothing is on record"
    : table(
        columns,
        entries.map((entry) => [
          timeText(entry.at),
          entry.type,
          entry.subject,
          entry.by ?? "-",
          entry.command ?? "-",
          entry.reason ?? "-",
          entry.position,
        ]),
        width,
      )

/** What was erased, or would be. */
export const erasureText = (erasure: Erasure): string => {
  const { erased, secrets, alreadyErased, notKept, rejectedLines, findings, attempts } = erasure
  const lines = [
    `${erased ? "erased" : "would erase"}  ${countText(secrets, "secret")}, ${countText(rejectedLines, "rejected line")}`,
    `stays  ${countText(findings, "finding")}, ${countText(attempts, "attempt")}: they know the secret by its digest`,
    ...(alreadyErased > 0 ? [`already erased  ${countText(alreadyErased, "secret")}`] : []),
    ...(notKept > 0 ? [`never kept  ${countText(notKept, "secret")}`] : []),
  ]
  return erased ? lines.join("\n") : `${lines.join("\n")}\n\nnothing was erased; add --yes to erase`
}
