import { ipAddress } from "../../../domain/address.ts"

/** The spelling under which the read models know an attacker: an IP address, or a UUID. */
export const attackerName = (text: string): string => ipAddress(text) ?? text.trim().toLowerCase()

/** The numbers of the attackers so named, as a subquery with two values. */
export const attackersNamed = "SELECT attacker_no FROM attackers WHERE ip = ? OR uuid = ?"
