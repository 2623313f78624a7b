import type { Database } from "better-sqlite3"

/** The deckies and services among a finding's targets: sorted, at most {@link namesListed} each. */
export interface TargetNames {
  readonly deckies: ReadonlyArray<string>
  readonly deckyCount: number
  readonly services: ReadonlyArray<string>
  readonly serviceCount: number
}

/** Lists of deckies and services are cut at this many; the full count stands beside them. */
const namesListed = 50

interface Name {
  readonly name: string
  readonly count: number
}

/** Looks up the names for one finding after another. */
export const makeTargetNames = (db: Database): ((findingNo: number) => TargetNames) => {
  const select = (column: "decky" | "service") =>
    db.prepare<[number, number], Name>(
      `SELECT name, count(*) OVER () AS count FROM (
         SELECT DISTINCT ${column} AS name FROM finding_targets JOIN targets USING (target_no)
          WHERE finding_no = ?
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
