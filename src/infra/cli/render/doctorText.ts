import type { Check } from "../../app/doctor/Check.ts"
import { table } from "./table.ts"
import { visible } from "./visible.ts"

/** Checks for people: a table, and below it what to do. */
export const doctorText = (checks: ReadonlyArray<Check>): string => {
  const rows = table(
    ["CHECK", "VERDICT", "FOUND"],
    checks.map(({ check, verdict, said }) => [check, verdict, said]),
  )
  const remedies = checks.flatMap(({ check, remedy }) =>
    remedy === undefined ? [] : [`${visible(check)}: ${visible(remedy)}`],
  )
  return remedies.length === 0 ? rows : `${rows}\n\n${remedies.join("\n")}`
}
