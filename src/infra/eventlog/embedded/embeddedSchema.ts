/** "crlg": what SQLite's `application_id` is in a credtrail log and in no other database. */
export const applicationId = 0x63726c67

/** The version of the tables below, kept in `user_version`. */
export const schemaVersion = 1

/**
 * The tables of a log file. Positions count from 1 without a hole. `events_by_type` finds the few
 * events of a rare type, and counts those of any, without going through all the others.
 */
export const schema = `
  CREATE TABLE streams (
    stream_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE types (
    type_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE,
    type_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream_id, revision)
  ) STRICT;
  CREATE INDEX events_by_type ON events (type_id);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`
