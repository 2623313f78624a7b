/** The version of the tables below; a read model of another version is built anew from the log. */
export const readModelVersion = 1

/**
 * The tables of the read models. Decky and service, addresses and secrets are stored once and
 * referred to by number. Times are microseconds since 1970. A `findings` row with
 * version 0 is a reuse key that is not (yet) a finding. Ordinals count the targets and attackers
 * of a reuse key from 1 in the order in which the log brought them.
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
  first_seen INTEGER,
  last_seen INTEGER,
  attempt_count INTEGER NOT NULL
) STRICT;
CREATE INDEX attackers_uuid ON attackers (uuid);

CREATE TABLE secrets (
  secret_no INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  length INTEGER NOT NULL,
  printable TEXT,
  base64 TEXT,
  sha256_start INTEGER NOT NULL
) STRICT;
-- The first 48 bits of the digest: an index of numbers is a quarter of one of digests, and every
-- batch writes all over it.
CREATE INDEX secrets_start ON secrets (sha256_start);

CREATE TABLE findings (
  finding_no INTEGER PRIMARY KEY,
  finding_id TEXT NOT NULL,
  secret_no INTEGER NOT NULL,
  principal TEXT NOT NULL,
  version INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  target_count INTEGER NOT NULL,
  attacker_count INTEGER NOT NULL,
  announced_targets INTEGER NOT NULL,
  announced_attackers INTEGER NOT NULL,
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
  PRIMARY KEY (finding_no, target_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding_attackers (
  finding_no INTEGER NOT NULL,
  attacker_no INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
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
  fields TEXT,
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
  PRIMARY KEY (finding_no, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
  position TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  policy TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- commit_no counts every change to the rows of a projection, so that two writers cannot both
-- believe to be the last.
CREATE TABLE checkpoints (
  projection TEXT PRIMARY KEY,
  position TEXT NOT NULL,
  commit_no INTEGER NOT NULL,
  event_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TABLE dead_letters (
  projection TEXT NOT NULL,
  position TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  reason TEXT NOT NULL,
  retried INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (projection, position)
) STRICT, WITHOUT ROWID;
`

/** SQL that gives a time column as the text of a `Timestamp`, and NULL as NULL. */
export const timestampSql = (column: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000000, 'unixepoch') || printf('.%06dZ', ${column} % 1000000)`
