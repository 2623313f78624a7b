import type { Database } from "better-sqlite3"
import { ipAddress } from "../../domain/capture/address.ts"
import { type Timestamp, timestampMicros } from "../../domain/event/timestamp.ts"

type Value = string | number

/**
 * The conditions of a query, joined by AND, with the values bound to them. The text of a condition
 * is always a constant of ours; what somebody asked for is only ever bound.
 */
export class Conditions {
  readonly values: Array<Value> = []
  readonly #texts: Array<string> = []

  /** Adds a condition, unless one of its values was not asked for. */
  add(text: string, ...values: ReadonlyArray<Value | undefined>): void {
    const given = values.filter((value) => value !== undefined)
    if (given.length < values.length) return
    this.#texts.push(text)
    this.values.push(...given)
  }

  /** `WHERE ...`, or nothing where there are no conditions. */
  get where(): string {
    return this.#texts.length === 0 ? "" : `WHERE ${this.#texts.join(" AND ")}`
  }
}

/** The two stored forms of a principal; the same twice if it has one. */
export const principalsOf = ({
  principal,
  keyedPrincipal = principal,
}: {
  readonly principal?: string | undefined
  readonly keyedPrincipal?: string | undefined
}): readonly [string | undefined, string | undefined] => [
  principal,
  principal === undefined ? undefined : keyedPrincipal,
]

/** A subquery, and the values that it binds. */
export interface Subquery {
  readonly text: string
  readonly values: ReadonlyArray<string>
}

/**
 * Secrets of a kind, those whose digest is or begins with `secretDigest`, or those with one of
 * `secretDigests`.
 */
export interface SecretFilter {
  readonly secretKind?: string | undefined
  readonly secretDigest?: string | undefined
  readonly secretDigests?: ReadonlyArray<string> | undefined
}

/** The conditions on the table `secrets`. */
export const secretConditions = ({
  secretKind,
  secretDigest,
  secretDigests,
}: SecretFilter): Conditions => {
  const conditions = new Conditions()
  if (secretDigest !== undefined) {
    const digest = secretDigest.toLowerCase()
    const start = digest.slice(0, 12)
    conditions.add(
      "digest_start BETWEEN ? AND ?",
      Number.parseInt(start.padEnd(12, "0"), 16),
      Number.parseInt(start.padEnd(12, "f"), 16),
    )
    conditions.add("digest >= ? AND digest < ?", digest, afterPrefix(digest))
  }
  if (secretDigests !== undefined) {
    const many = secretDigests.map(() => "?").join(", ")
    const starts = secretDigests.map((digest) => Number.parseInt(digest.slice(0, 12), 16))
    conditions.add(`digest_start IN (${many})`, ...starts)
    conditions.add(`digest IN (${many})`, ...secretDigests)
  }
  conditions.add("kind = ?", secretKind)
  return conditions
}

/** The bound below which every lower-case hexadecimal text with a prefix lies, for an index. */
export const afterPrefix = (prefix: string): string => `${prefix}g`

/** A target, or one half of it. */
export interface TargetFilter {
  readonly decky?: string | undefined
  readonly service?: string | undefined
}

/**
 * Selects the numbers of targets; `undefined` where every target will do. With both halves given,
 * decky and service were seen together.
 */
export const targetsNamed = ({ decky, service }: TargetFilter): Subquery | undefined => {
  if (decky === undefined) {
    return service === undefined
      ? undefined
      : { text: "SELECT target_no FROM targets WHERE service = ?", values: [service] }
  }
  return service === undefined
    ? { text: "SELECT target_no FROM targets WHERE decky = ?", values: [decky] }
    : {
        text: "SELECT target_no FROM targets WHERE decky = ? AND service = ?",
        values: [decky, service],
      }
}

/** The spelling under which the read models know an attacker: an IP address, or a UUID. */
export const attackerName = (text: string): string => ipAddress(text) ?? text.trim().toLowerCase()

/**
 * Selects the numbers of the attackers with an IP address or UUID. Whoever has been identified had
 * another UUID before, so in a question about the past all of them are looked at: they are few, and
 * no index has the UUIDs of the past.
 */
export const attackersNamed = (text: string): Subquery => ({
  text: `SELECT attacker_no FROM attackers
    WHERE attacker_no IN (
            SELECT attacker_no FROM main.attackers WHERE ip = ? OR uuid = ?
            UNION ALL
            SELECT attacker_no FROM main.attackers WHERE identified_ordinal IS NOT NULL
          )
      AND (ip = ? OR uuid = ?)`,
  values: Array<string>(4).fill(attackerName(text)),
})

/** A bound in time as the tables count it, if there is one. */
export const microsOf = (bound: Timestamp | undefined): number | undefined =>
  bound === undefined ? undefined : timestampMicros(bound)

/** The services, or the deckies, that captures were seen on, by name. */
export const targetNames =
  (column: "service" | "decky") =>
  (db: Database): ReadonlyArray<string> =>
    db.prepare<[], string>(`SELECT DISTINCT ${column} FROM targets ORDER BY 1`).pluck().all()
