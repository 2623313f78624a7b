import { lastEventTable } from "./lastEvent.ts"

/**
 * The version of the read models: of the tables below and of what the fold makes of the log. Read
 * models of an older one are rebuilt from the log by whoever is about to write to them.
 */
export const readModelVersion = 8

/**
 * The oldest version whose tables the queries of this one can read: they answer from such read models
 * until the new ones take over. A change of the fold alone leaves it as it is; a change of the tables
 * that the queries rely on makes it the version above.
 */
export const oldestReadableVersion = 8

// A table of what rows of another table were at the end of a block, and the trigger that writes it
// when a later block is about to change the row. "block" is the last one to have changed what is kept.
const past = (
  table: string,
  key: ReadonlyArray<string>,
  state: Readonly<Record<string, string>>,
): string => {
  const columns = [...key, "block", ...Object.keys(state)]
  return `
CREATE TABLE past_${table} (
  ${[...key, "block"].map((column) => `${column} INTEGER NOT NULL`).join(",\n  ")},
  ${Object.entries(state)
    .map(([column, type]) => `${column} ${type}`)
    .join(",\n  ")},
  PRIMARY KEY (${[...key, "block"].join(", ")})
) STRICT, WITHOUT ROWID;
CREATE TRIGGER keep_past_${table} BEFORE UPDATE ON ${table} WHEN old.block < new.block BEGIN
  INSERT INTO past_${table} (${columns.join(", ")})
  VALUES (${columns.map((column) => `old.${column}`).join(", ")});
END;
`
}

const spanColumns = {
  first_seen: "INTEGER NOT NULL",
  last_seen: "INTEGER NOT NULL",
  attempt_count: "INTEGER NOT NULL",
}

const pastTables = [
  past("findings", ["finding_no"], {
    version: "INTEGER NOT NULL",
    open: "INTEGER NOT NULL",
    ...spanColumns,
    target_count: "INTEGER NOT NULL",
    attacker_count: "INTEGER NOT NULL",
    announced_targets: "INTEGER NOT NULL",
    announced_attackers: "INTEGER NOT NULL",
  }),
  past("finding_targets", ["finding_no", "target_no"], spanColumns),
  past("finding_attackers", ["finding_no", "attacker_no"], spanColumns),
  past("credentials", ["finding_no", "target_no", "attacker_no"], {
    ...spanColumns,
    outcome: "TEXT",
    outcome_at: "INTEGER",
  }),
  past("attackers", ["attacker_no"], {
    first_seen: "INTEGER",
    last_seen: "INTEGER",
    attempt_count: "INTEGER NOT NULL",
  }),
].join("")

/**
 * How far each projection into a database has come. `commit_no` counts every change to the rows of a
 * projection, so that two writers cannot both believe to be the last.
 */
export const checkpointsTable = `
CREATE TABLE checkpoints (
  projection TEXT PRIMARY KEY,
  position TEXT NOT NULL,
  commit_no INTEGER NOT NULL,
  event_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

/**
 * Events that were set aside. `finding_id` names the reuse key that is in quarantine because of it,
 * NULL: the event alone was skipped. `reason` NULL: nothing is wrong with the event, but its key was
 * in quarantine when it came.
 */
export const deadLettersTable = `
CREATE TABLE dead_letters (
  projection TEXT NOT NULL,
  position TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  reason TEXT,
  finding_id TEXT,
  retried INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (projection, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_waiting ON dead_letters (finding_id, position) WHERE retried = 0;
`

/**
 * The tables of the read models. Decky and service, addresses and secrets are stored once and
 * referred to by number. Times are microseconds since 1970. A `findings` row is a reuse key; "open" says
 * whether it is a finding, and version 0 that it has never been one. Ordinals count the targets and attackers
 * of a reuse key from 1 in log order. A target has ordinal 0 if it does not count: its decky was already
 * a target, and one of the two services is unknown.
 *
 * So that questions about the past find an answer, `folded` numbers the events folded; `since` is
 * the number of the event that brought a row, `block` the last block of events that changed it.
 */
export const readModelSchema = `
CREATE TABLE targets (
  target_no INTEGER PRIMARY KEY,
  decky TEXT NOT NULL,
  service TEXT NOT NULL,
  UNIQUE (decky, service)
) STRICT;

CREATE TABLE attackers (
  attacker_no INTEGER PRIMARY KEY,
  ip TEXT NOT NULL UNIQUE,
  uuid TEXT NOT NULL,
  identified_position TEXT,
  identified_at INTEGER,
  identified_ordinal INTEGER,
  first_seen INTEGER,
  last_seen INTEGER,
  attempt_count INTEGER NOT NULL,
  since INTEGER NOT NULL,
  block INTEGER NOT NULL
) STRICT;
CREATE INDEX attackers_uuid ON attackers (uuid);
CREATE INDEX attackers_identified ON attackers (attacker_no) WHERE identified_ordinal IS NOT NULL;

CREATE TABLE secrets (
  secret_no INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  digest TEXT NOT NULL,
  length_class TEXT NOT NULL,
  digest_start INTEGER NOT NULL
) STRICT;
-- The first 48 bits of the digest: an index of numbers is a quarter of one of digests, and every
-- batch writes all over it.
CREATE INDEX secrets_start ON secrets (digest_start);

CREATE TABLE findings (
  finding_no INTEGER PRIMARY KEY,
  finding_id TEXT NOT NULL,
  secret_no INTEGER NOT NULL,
  principal TEXT NOT NULL,
  version INTEGER NOT NULL,
  open INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  target_count INTEGER NOT NULL,
  attacker_count INTEGER NOT NULL,
  announced_targets INTEGER NOT NULL,
  announced_attackers INTEGER NOT NULL,
  rating_bits REAL,
  rating_class TEXT,
  since INTEGER NOT NULL,
  block INTEGER NOT NULL,
  UNIQUE (secret_no, principal)
) STRICT;
CREATE INDEX findings_id ON findings (finding_id) WHERE version > 0;

CREATE TABLE finding_targets (
  finding_no INTEGER NOT NULL,
  target_no INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  since INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (finding_no, target_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding_attackers (
  finding_no INTEGER NOT NULL,
  attacker_no INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  since INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (finding_no, attacker_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_attackers_attacker ON finding_attackers (attacker_no);

-- attacker_no 0 is a capture whose log names no address.
CREATE TABLE credentials (
  finding_no INTEGER NOT NULL,
  target_no INTEGER NOT NULL,
  attacker_no INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  outcome TEXT,
  outcome_at INTEGER,
  fields TEXT,
  since INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (finding_no, target_no, attacker_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding_history (
  finding_no INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change TEXT NOT NULL,
  position TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  source_file TEXT,
  source_line INTEGER,
  added_targets TEXT NOT NULL,
  added_target_count INTEGER NOT NULL,
  added_attackers TEXT NOT NULL,
  added_attacker_count INTEGER NOT NULL,
  added_attacker_uuids TEXT NOT NULL,
  target_count INTEGER NOT NULL,
  attacker_count INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (finding_no, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_history_ordinal ON finding_history (ordinal);
-- What analysts decided; text is a reason, a note or a label.
CREATE TABLE finding_triage (
  finding_id TEXT NOT NULL,
  position TEXT NOT NULL,
  event_id TEXT NOT NULL,
  change TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  text TEXT,
  until INTEGER,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (finding_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
  position TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  policy TEXT NOT NULL,
  ordinal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every event that was folded, in that order. The position and the time of recording never go back:
-- an event that was set aside and folded later stands where it was folded, with its own position
-- beside. Only captures touch a finding.
CREATE TABLE folded (
  ordinal INTEGER PRIMARY KEY,
  position TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  own_position TEXT,
  finding_no INTEGER,
  target_no INTEGER,
  attacker_no INTEGER,
  observed_at INTEGER,
  outcome TEXT
) STRICT;

-- The least event time in a block, and the greatest up to its end; blocks without captures have none.
CREATE TABLE blocks (
  block INTEGER PRIMARY KEY,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL
) STRICT;
${pastTables}
${checkpointsTable}${lastEventTable}
-- expected_revision NULL: at the end of the stream, wherever that is.
CREATE TABLE outbox (
  outbox_no INTEGER PRIMARY KEY AUTOINCREMENT,
  stream TEXT NOT NULL,
  expected_revision INTEGER,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  metadata TEXT NOT NULL
) STRICT;

${deadLettersTable}-- The reuse keys in quarantine: everything up to since is in their rows, nothing after it.
CREATE TABLE quarantine (
  projection TEXT NOT NULL,
  finding_id TEXT NOT NULL,
  since TEXT NOT NULL,
  secret_kind TEXT NOT NULL,
  secret_digest TEXT NOT NULL,
  principal TEXT NOT NULL,
  PRIMARY KEY (projection, finding_id)
) STRICT, WITHOUT ROWID;
`

/** SQL that gives a time column as the text of a `Timestamp`, and NULL as NULL. */
export const timestampSql = (column: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000000, 'unixepoch') || printf('.%06dZ', ${column} % 1000000)`
