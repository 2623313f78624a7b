import type { Database } from "better-sqlite3"
import { timestampSql } from "../../src/projections/schema.ts"
import {
  type AttackerState,
  byText,
  type ChangeState,
  type CredentialState,
  credentialName,
  type KeyState,
  type ReuseState,
  type Said,
} from "../reference/ReuseState.ts"

// The one place among the tests that knows the names of columns.

/** What the tables say, in words that tests compare. */
export const reuseState = (db: Database): ReuseState => ({
  keys: keys(db),
  credentials: credentials(db),
  attackers: db
    .prepare<[], AttackerState>(
      `SELECT ip, uuid, identified_position AS identifiedAt, ${timestampSql("first_seen")} AS firstSeen,
              ${timestampSql("last_seen")} AS lastSeen, attempt_count AS attemptCount
         FROM attackers ORDER BY attacker_no`,
    )
    .all(),
  said: outbox(db),
})

/** Every table as it is, but the outbox: what must be equal, byte for byte, after a rebuild. */
export const tableContents = (db: Database): Readonly<Record<string, ReadonlyArray<unknown>>> => {
  const names = db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .pluck()
    .all()
  return Object.fromEntries(
    names
      .filter((name) => name !== "outbox")
      .map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).raw().all()]),
  )
}

/** What is to be appended to the log, in order. */
export const outbox = (db: Database): ReadonlyArray<Said> =>
  db
    .prepare<[], Omit<Said, "data" | "metadata"> & { data: string; metadata: string }>(
      `SELECT stream, expected_revision AS expectedRevision, event_id AS eventId, type, data, metadata
         FROM outbox ORDER BY outbox_no`,
    )
    .all()
    .map((row) => ({ ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) }))

type KeyRow = Omit<KeyState, "open" | "targets" | "attackers" | "history"> & {
  readonly no: number
  readonly open: 0 | 1
}

const keys = (db: Database): ReadonlyArray<KeyState> => {
  const targets = byKey<KeyState["targets"][number]>(
    db,
    `SELECT finding_no AS no, ordinal, decky, service, ${timestampSql("first_seen")} AS firstSeen,
            ${timestampSql("last_seen")} AS lastSeen, attempt_count AS attemptCount
       FROM finding_targets JOIN targets USING (target_no) ORDER BY finding_no, ordinal, since`,
  )
  const attackers = byKey<KeyState["attackers"][number]>(
    db,
    `SELECT finding_no AS no, ordinal, ip, ${timestampSql("pair.first_seen")} AS firstSeen,
            ${timestampSql("pair.last_seen")} AS lastSeen, pair.attempt_count AS attemptCount
       FROM finding_attackers AS pair JOIN attackers USING (attacker_no)
      ORDER BY finding_no, ordinal`,
  )
  const history = byKey<ChangeState>(
    db,
    `SELECT finding_no AS no, version, change, reason, position, event_id AS eventId,
            event_type AS eventType, ${timestampSql("event_time")} AS eventTime,
            source_file || ':' || source_line AS source, added_targets AS addedTargets,
            added_target_count AS addedTargetCount, added_attackers AS addedAttackers,
            added_attacker_count AS addedAttackerCount,
            added_attacker_uuids AS addedAttackerUuids, target_count AS targetCount,
            attacker_count AS attackerCount, attempt_count AS attemptCount
       FROM finding_history ORDER BY finding_no, version`,
    ["addedTargets", "addedAttackers", "addedAttackerUuids"],
  )
  return db
    .prepare<[], KeyRow>(
      `SELECT finding_no AS no, finding_id AS findingId, kind AS secretKind,
              digest AS secretDigest, principal, version, open, ${timestampSql("first_seen")} AS firstSeen,
              ${timestampSql("last_seen")} AS lastSeen, attempt_count AS attemptCount, target_count AS targetCount,
              attacker_count AS attackerCount,
              target_count - announced_targets AS unannouncedTargets,
              attacker_count - announced_attackers AS unannouncedAttackers
         FROM findings JOIN secrets USING (secret_no) ORDER BY finding_no`,
    )
    .all()
    .map(({ no, ...key }) => ({
      ...key,
      open: key.open === 1,
      targets: targets.get(no) ?? [],
      attackers: attackers.get(no) ?? [],
      history: history.get(no) ?? [],
    }))
}

// The rows of a query by the number of their key, lists in them parsed.
const byKey = <Row>(
  db: Database,
  query: string,
  lists: ReadonlyArray<keyof Row & string> = [],
): ReadonlyMap<number, ReadonlyArray<Row>> => {
  const grouped = new Map<number, Array<Row>>()
  for (const { no, ...columns } of db
    .prepare<[], { no: number } & Record<string, unknown>>(query)
    .all()) {
    for (const list of lists) columns[list] = JSON.parse(String(columns[list]))
    const rows = grouped.get(no) ?? []
    grouped.set(no, rows)
    rows.push(columns as Row) // the columns of the query are named after those of a row
  }
  return grouped
}

const credentials = (db: Database): ReadonlyArray<CredentialState> =>
  db
    .prepare<[], Omit<CredentialState, "fields"> & { fields: string | null }>(
      `SELECT finding_id AS findingId, ip AS attackerIp, decky, service,
              ${timestampSql("c.first_seen")} AS firstSeen, ${timestampSql("c.last_seen")} AS lastSeen, c.attempt_count AS attemptCount,
              outcome, fields
         FROM credentials AS c JOIN findings USING (finding_no) JOIN targets USING (target_no)
         LEFT JOIN attackers USING (attacker_no)`,
    )
    .all()
    .map((row) => ({ ...row, fields: row.fields === null ? {} : JSON.parse(row.fields) }))
    .sort((a, b) => byText(credentialName(a), credentialName(b)))
