import type { Finding } from "../../app/doctor/Finding.ts"
import { table } from "./table.ts"
import { visible } from "./visible.ts"

/** Findings for people: a table, and below it what to do. */
export const doctorText = (findings: ReadonlyArray<Finding>): string => {
  const rows = table(
    ["CHECK", "VERDICT", "FOUND"],
    findings.map(({ check, verdict, said }) => [check, verdict, said]),
  )
  const remedies = findings.flatMap(({ check, remedy }) =>
    remedy === undefined ? [] : [`${visible(check)}: ${visible(remedy)}`],
  )
  return remedies.length === 0 ? rows : `${rows}\n\n${remedies.join("\n")}`
}
