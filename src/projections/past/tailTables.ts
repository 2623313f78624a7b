import { unknownService } from "../../domain/capture/service.ts"
import type { PastSpan, Temporary } from "./Cut.ts"

const span = "count(*) AS attempts, min(observed_at) AS first_seen, max(observed_at) AS last_seen"

/**
 * What the captures after the last whole block add to rows: first, last and how many, of keys,
 * pairs, credentials and attackers, and what changes of findings announced there.
 */
export const tailTables = ({ cut, block, perBlock, added }: PastSpan): ReadonlyArray<Temporary> => [
  table(
    "tail",
    `CREATE TEMP TABLE tail AS
       SELECT ordinal, finding_no, target_no, attacker_no, observed_at, outcome ${added}`,
  ),
  table(
    "tail_targets",
    grouped("tail_targets", "finding_no, target_no", `SELECT finding_no, target_no, ${span}`),
  ),
  table(
    "tail_attackers",
    grouped(
      "tail_attackers",
      "finding_no, attacker_no",
      `SELECT finding_no, attacker_no, ${span}`,
      "WHERE attacker_no > 0",
    ),
  ),
  table(
    "tail_credentials",
    `${grouped(
      "tail_credentials",
      "finding_no, target_no, attacker_no",
      `SELECT finding_no, target_no, attacker_no, ${span}, NULL AS outcome, NULL AS outcome_at`,
    )}
     UPDATE tail_credentials SET outcome = said.outcome, outcome_at = said.observed_at
       FROM (SELECT finding_no, target_no, attacker_no, observed_at, max(outcome) AS outcome
               FROM (SELECT *, max(observed_at) OVER (PARTITION BY finding_no, target_no, attacker_no)
                              AS latest FROM tail WHERE outcome IS NOT NULL)
              WHERE observed_at = latest GROUP BY 1, 2, 3) AS said
      WHERE said.finding_no = tail_credentials.finding_no
        AND said.target_no = tail_credentials.target_no
        AND said.attacker_no = tail_credentials.attacker_no;`,
  ),
  table(
    "tail_sources",
    grouped("tail_sources", "attacker_no", `SELECT attacker_no, ${span}`, "WHERE attacker_no > 0"),
  ),
  table(
    "tail_findings",
    `${grouped("tail_findings", "finding_no", `SELECT finding_no, ${span}, 0 AS targets, 0 AS attackers`)}
     ${countNew("targets", block * perBlock)}
     ${countUnknown(block * perBlock)}
     ${countNew("attackers", block * perBlock)}`,
  ),
  table(
    "tail_changes",
    cut.by === "event-time"
      ? "CREATE TEMP TABLE tail_changes (finding_no INTEGER PRIMARY KEY, version, open, targets, attackers);"
      : // Of each finding the last change: its version is the greatest.
        `CREATE TEMP TABLE tail_changes (finding_no INTEGER PRIMARY KEY, version, open, targets, attackers);
         INSERT INTO tail_changes
           SELECT finding_no, max(version), change <> 'closed', target_count, attacker_count FROM main.finding_history
            WHERE ordinal > ${block * perBlock} AND ordinal <= ${cut.ordinal} GROUP BY finding_no;`,
  ),
]

const table = (name: string, create: string): Temporary => ({
  create,
  drop: `DROP TABLE IF EXISTS temp.${name}`,
})

const grouped = (name: string, key: string, select: string, where = ""): string =>
  `CREATE TEMP TABLE ${name} AS ${select} FROM temp.tail ${where} GROUP BY ${key};
   CREATE UNIQUE INDEX temp.${name}_key ON ${name} (${key});`

// Pairs that no whole block knows are new to their finding.
const countNew = (pairs: "targets" | "attackers", start: number): string =>
  `UPDATE tail_findings SET ${pairs} = new.pairs
     FROM (SELECT tail_${pairs}.finding_no, count(*) AS pairs
             FROM tail_${pairs} JOIN main.finding_${pairs} AS pair
               ON pair.finding_no = tail_${pairs}.finding_no
              AND pair.${pairs.slice(0, -1)}_no = tail_${pairs}.${pairs.slice(0, -1)}_no
            WHERE pair.since > ${start} GROUP BY 1) AS new
    WHERE new.finding_no = tail_findings.finding_no;`

// With an unknown service a new pair may not be a new target (see KeyDelta). For such findings, count
// the targets now and subtract those before.
const countUnknown = (start: number): string => {
  const before = (pair: string): string => `${pair}.since <= ${start}`
  const now = (pair: string): string =>
    `(${before(pair)} OR EXISTS (SELECT 1 FROM tail_targets AS seen
       WHERE seen.finding_no = ${pair}.finding_no AND seen.target_no = ${pair}.target_no))`
  return `UPDATE tail_findings SET targets = (${countOf(now)}) - (${countOf(before)})
    WHERE EXISTS (SELECT 1 FROM main.finding_targets AS pair
                   WHERE pair.finding_no = tail_findings.finding_no AND pair.target_no IN
                     (SELECT target_no FROM main.targets WHERE service = '${unknownService}'));`
}

const countOf = (isThere: (pair: string) => string): string =>
  `SELECT count(*) FROM main.finding_targets AS pair JOIN main.targets AS place USING (target_no)
    WHERE pair.finding_no = tail_findings.finding_no AND ${isThere("pair")}
      AND (place.service <> '${unknownService}' OR NOT EXISTS (
        SELECT 1 FROM main.finding_targets AS other JOIN main.targets AS known USING (target_no)
         WHERE other.finding_no = pair.finding_no AND known.decky = place.decky
           AND known.service <> '${unknownService}' AND ${isThere("other")}))`
