import type { Database } from "better-sqlite3"
import {
  type Attacker,
  type AttackerRow,
  attackerColumns,
  attackerOf,
  openFindings,
} from "./Attacker.ts"
import { attackerName } from "./attackerName.ts"

/** The attacker with this address, in any spelling of it. */
export const attackerByIp = (db: Database, ip: string): Attacker | undefined => {
  const row = db
    .prepare<[string], AttackerRow>(
      `SELECT ${attackerColumns}, ${openFindings} AS openFindings FROM attackers WHERE ip = ?`,
    )
    .get(attackerName(ip))
  return row === undefined ? undefined : attackerOf(row)
}
