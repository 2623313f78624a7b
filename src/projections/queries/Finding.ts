import type { Database } from "better-sqlite3"
import type { Rating, RatingClass } from "../../domain/secret/rating.ts"
import { timestampSql } from "../schema.ts"
import { filledTargets } from "./filledTargets.ts"
import { rankSql } from "./rank.ts"
import { type SecretRow, type StoredSecret, secretColumns, storedSecret } from "./StoredSecret.ts"

/**
 * A reuse key as the read models show it. It is `open` once it has been announced as a finding, which
 * `version` counts, and `closed` once a policy has closed it; before that it is a `candidate` of
 * version 0. The empty principal stands for an absent one too. Times are canonical timestamps of the log lines, the least and the
 * greatest. Deckies and services are views of the targets and do not say which were seen together.
 * `rank` says how much it deserves a look, `rating` how surprising its secret is and why; `null`
 * where nobody chose the secret.
 */
export interface Finding extends Totals, TargetNames {
  readonly id: string
  readonly state: "open" | "closed" | "candidate"
  readonly version: number
  readonly secret: StoredSecret
  readonly principal: string
  readonly rank: number
  readonly rating: Pick<Rating, "bits" | "class"> | null
  readonly firstSeen: string
  readonly lastSeen: string
}

/** The deckies and services among a finding's targets: sorted, at most {@link namesListed} each. */
interface TargetNames {
  readonly deckies: ReadonlyArray<string>
  readonly deckyCount: number
  readonly services: ReadonlyArray<string>
  readonly serviceCount: number
}

/** The totals of a finding at some moment. */
export interface Totals {
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
}

/** The columns of a {@link FindingRow}, from `findings` joined with `secrets`. */
export const findingColumns = `findings.finding_no AS findingNo, findings.finding_id AS id, version, open,
  principal, round(${rankSql}, 1) AS rank, rating_bits AS ratingBits, rating_class AS ratingClass,
  target_count AS targetCount, attacker_count AS attackerCount,
  attempt_count AS attemptCount, ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen, ${secretColumns}`

export interface FindingRow extends Totals, SecretRow {
  readonly findingNo: number
  readonly id: string
  readonly version: number
  readonly open: 0 | 1
  readonly principal: string
  readonly rank: number
  readonly ratingBits: number | null
  readonly ratingClass: RatingClass | null
  readonly firstSeen: string
  readonly lastSeen: string
}

/** Makes findings of rows. */
export const makeFinding = (db: Database): ((row: FindingRow) => Finding) => {
  const targetNames = makeTargetNames(db)
  return (row) => ({
    id: row.id,
    state: row.open === 1 ? "open" : row.version > 0 ? "closed" : "candidate",
    version: row.version,
    secret: storedSecret(row),
    principal: row.principal,
    rank: row.rank,
    rating:
      row.ratingBits === null || row.ratingClass === null
        ? null
        : { bits: row.ratingBits, class: row.ratingClass },
    targetCount: row.targetCount,
    attackerCount: row.attackerCount,
    attemptCount: row.attemptCount,
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    ...targetNames(row.findingNo),
  })
}

/** Lists of deckies and services are cut at this many; the full count is given next to them. */
const namesListed = 50

interface Name {
  readonly name: string
  readonly count: number
}

/** Looks up the names for one finding after another. */
const makeTargetNames = (db: Database): ((findingNo: number) => TargetNames) => {
  const select = (column: "decky" | "service") =>
    db.prepare<[number, number], Name>(
      `SELECT name, count(*) OVER () AS count FROM (
         SELECT DISTINCT ${column} AS name FROM (${filledTargets("pair.finding_no = ?")})
       ) ORDER BY name LIMIT ?`,
    )
  const deckies = select("decky")
  const services = select("service")
  return (findingNo) => {
    const ofDeckies = deckies.all(findingNo, namesListed)
    const ofServices = services.all(findingNo, namesListed)
    return {
      deckies: ofDeckies.map(({ name }) => name),
      deckyCount: ofDeckies[0]?.count ?? 0,
      services: ofServices.map(({ name }) => name),
      serviceCount: ofServices[0]?.count ?? 0,
    }
  }
}
