import { defaultPolicy } from "../../domain/finding/policy.ts"
import type { PastSpan, Temporary } from "./Cut.ts"

/**
 * Views of what tables were at a cut, under the names of these tables. Each begins with the rows of
 * the present and looks for what they were, so that a question which an index answers of the
 * present is answered by that index.
 */
export const pastViews = (span: PastSpan): ReadonlyArray<Temporary> => [
  view("findings", findings(span)),
  view("finding_targets", pairs(span, "finding_targets", "target_no", "tail_targets")),
  view("finding_attackers", pairs(span, "finding_attackers", "attacker_no", "tail_attackers")),
  view("credentials", credentials(span)),
  view("finding_history", history(span)),
  view("finding_triage", triage(span)),
  view("attackers", attackers(span)),
]

const view = (name: string, select: string): Temporary => ({
  create: `CREATE TEMP VIEW ${name} AS ${select}`,
  drop: `DROP VIEW IF EXISTS temp.${name}`,
})

/** The state before the first block that is not whole: in the row itself, or where it was kept. */
const before = ({ block }: PastSpan, column: string): string =>
  `iif(now.block < ${block}, now.${column}, past.${column})`

const least = (a: string, b: string): string => `min(coalesce(${a}, ${b}), coalesce(${b}, ${a}))`
const greatest = (a: string, b: string): string => `max(coalesce(${a}, ${b}), coalesce(${b}, ${a}))`

const seen = (span: PastSpan): string =>
  `${least(before(span, "first_seen"), "tail.first_seen")} AS first_seen,
   ${greatest(before(span, "last_seen"), "tail.last_seen")} AS last_seen,
   ${sum(span, "attempt_count", "attempts")} AS attempt_count`

const sum = (span: PastSpan, column: string, added: string): string =>
  `coalesce(${before(span, column)}, 0) + coalesce(tail.${added}, 0)`

const joined = (
  { block }: PastSpan,
  table: string,
  tail: string,
  key: ReadonlyArray<string>,
): string => {
  const same = (other: string): string =>
    key.map((column) => `${other}.${column} = now.${column}`).join(" AND ")
  return `FROM main.${table} AS now
    LEFT JOIN main.past_${table} AS past ON now.block >= ${block} AND ${same("past")}
      AND past.block = (SELECT max(earlier.block) FROM main.past_${table} AS earlier
                         WHERE ${same("earlier")} AND earlier.block < ${block})
    LEFT JOIN temp.${tail} AS tail ON ${same("tail")}`
}

/** Which rows there were: those that had come, or those seen. */
const there = ({ cut }: PastSpan): string =>
  cut.by === "recorded-time" ? `now.since <= ${cut.ordinal}` : `now.first_seen <= ${cut.time}`

const pairs = (span: PastSpan, table: string, no: string, tail: string): string =>
  `SELECT now.finding_no, now.${no}, now.ordinal, now.since, ${seen(span)}
   ${joined(span, table, tail, ["finding_no", no])} WHERE ${there(span)}`

const credentials = (span: PastSpan): string =>
  `SELECT now.finding_no, now.target_no, now.attacker_no, ${seen(span)},
          ${laterOutcome(before(span, "outcome"), before(span, "outcome_at"))} AS outcome, now.fields
   ${joined(span, "credentials", "tail_credentials", ["finding_no", "target_no", "attacker_no"])}
   WHERE ${there(span)}`

const laterOutcome = (outcome: string, at: string): string =>
  `iif(tail.outcome_at > coalesce(${at}, -1) OR (tail.outcome_at = ${at} AND tail.outcome > ${outcome}),
       tail.outcome, ${outcome})`

const findings = (span: PastSpan): string => {
  const targets = sum(span, "target_count", "targets")
  const attackers = sum(span, "attacker_count", "attackers")
  const states =
    span.cut.by === "recorded-time"
      ? { version: state(span, "version"), open: state(span, "open"), ...announcedOf(span) }
      : {
          version: `iif(${hadGround(targets)}, now.version, 0)`,
          open: `(now.open = 1 AND ${hadGround(targets)})`,
          targets,
          attackers,
        }
  return `SELECT now.finding_no, now.finding_id, now.secret_no, now.principal,
          now.rating_bits, now.rating_class,
          ${states.version} AS version, ${states.open} AS open, ${seen(span)}, ${targets} AS target_count,
          ${attackers} AS attacker_count, ${states.targets} AS announced_targets,
          ${states.attackers} AS announced_attackers
   ${joined(span, "findings", "tail_findings", ["finding_no"])}
   LEFT JOIN temp.tail_changes AS said ON said.finding_no = now.finding_no
   WHERE ${there(span)}`
}

const state = (span: PastSpan, column: string, said = column): string =>
  `coalesce(said.${said}, ${before(span, column)}, 0)`

const announcedOf = (span: PastSpan) => ({
  targets: state(span, "announced_targets", "targets"),
  attackers: state(span, "announced_attackers", "attackers"),
})

// Announcements have no event time. By event time, what is a finding in the end was one as soon as it
// had the targets that the policy demands, or all that it has, if that policy has closed it.
const hadGround = (targets: string): string =>
  `${targets} >= min(now.target_count, coalesce(
     (SELECT json_extract(policy, '$.minTargets') FROM main.policies ORDER BY ordinal DESC LIMIT 1),
     ${defaultPolicy.minTargets}))`

const history = ({ cut }: PastSpan): string =>
  `SELECT * FROM main.finding_history
    WHERE ${cut.by === "recorded-time" ? `ordinal <= ${cut.ordinal}` : `event_time <= ${cut.time}`}`

const triage = ({ cut }: PastSpan): string =>
  `SELECT * FROM main.finding_triage
    WHERE ${cut.by === "recorded-time" ? `ordinal <= ${cut.ordinal}` : `decided_at <= ${cut.time}`}`

const attackers = (span: PastSpan): string => {
  const { cut } = span
  const identified =
    cut.by === "recorded-time"
      ? `now.identified_ordinal <= ${cut.ordinal}`
      : `now.identified_at <= ${cut.time}`
  const known = cut.by === "recorded-time" ? there(span) : `(${there(span)} OR ${identified})`
  return `SELECT now.attacker_no, now.ip,
          iif(now.identified_position IS NULL OR ${identified}, now.uuid, minted_uuid(now.ip)) AS uuid,
          iif(${identified}, now.identified_position, NULL) AS identified_position, ${seen(span)}
   ${joined(span, "attackers", "tail_sources", ["attacker_no"])} WHERE ${known}`
}
