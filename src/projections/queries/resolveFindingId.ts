import type { Database } from "better-sqlite3"
import { afterPrefix } from "./Conditions.ts"

/** Fewer characters than this do not name a finding. */
export const shortestFindingId = 8

/** The finding that an id, or the beginning of one, names. */
export type ResolvedFindingId =
  | { readonly _tag: "Found"; readonly findingNo: number; readonly id: string }
  | { readonly _tag: "Ambiguous"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "Missing" }

interface Row {
  readonly findingNo: number
  readonly id: string
}

const idsNamed = 10 // enough to choose from

/**
 * Finds a finding by its id or an unambiguous beginning of it, of at least
 * {@link shortestFindingId} characters. What is open goes first, also where the question is about
 * the past; only where none of it answers are the candidates searched, which no index helps with.
 */
export const resolveFindingId = (db: Database, text: string): ResolvedFindingId => {
  const prefix = text.toLowerCase()
  const search = (which: "version > 0" | "version = 0"): ReadonlyArray<Row> =>
    db
      .prepare<[string, string, number], Row>(
        `SELECT finding_no AS findingNo, finding_id AS id
           FROM main.findings AS now JOIN secrets USING (secret_no)
          WHERE ${which} AND secrets.kind <> '' AND finding_id >= ? AND finding_id < ?
            AND EXISTS (SELECT 1 FROM findings WHERE findings.finding_no = now.finding_no)
          ORDER BY finding_id LIMIT ?`,
      )
      .all(prefix, afterPrefix(prefix), idsNamed)
  const open = search("version > 0")
  const found = open.length > 0 ? open : search("version = 0")
  const [first, second] = found
  if (first === undefined) return { _tag: "Missing" }
  if (second !== undefined) return { _tag: "Ambiguous", ids: found.map(({ id }) => id) }
  return { _tag: "Found", ...first }
}
