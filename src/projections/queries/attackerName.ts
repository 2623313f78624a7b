import type { Database } from "better-sqlite3"
import { ipAddress } from "../../domain/capture/address.ts"

/** The spelling under which the read models know an attacker: an IP address, or a UUID. */
export const attackerName = (text: string): string => ipAddress(text) ?? text.trim().toLowerCase()

/**
 * The numbers of the attackers so named, as a subquery with {@link attackerValues}. Whoever has been
 * identified had another UUID before, so in a question about the past all of them are looked at:
 * they are few, and no index has the UUIDs of the past.
 */
export const attackersNamed = `
  SELECT attacker_no FROM attackers
   WHERE attacker_no IN (
           SELECT attacker_no FROM main.attackers WHERE ip = ? OR uuid = ?
           UNION ALL
           SELECT attacker_no FROM main.attackers WHERE identified_ordinal IS NOT NULL
         )
     AND (ip = ? OR uuid = ?)`

/** The values that {@link attackersNamed} binds. */
export const attackerValues = (text: string): ReadonlyArray<string> =>
  Array(4).fill(attackerName(text))

/** The addresses that an attacker goes by. */
export const addressesNamed = (db: Database, text: string): ReadonlyArray<string> =>
  db
    .prepare<Array<string>, string>(
      `SELECT ip FROM attackers WHERE attacker_no IN (${attackersNamed})`,
    )
    .pluck()
    .all(...attackerValues(text))
