import { vectorLedgerSchema } from "../../../projections/vectors/vectorLedger.ts"

/** "crve": what SQLite's `application_id` is in a credtrail vector store. */
export const applicationId = 0x63727665

/** The version of the tables below, kept in `user_version`. */
export const schemaVersion = 4

/**
 * The tables beside the vectors, which are in a `vec_<version_no>` for each version of each kind:
 * numbers, so that no name of a kind ever comes near SQL. `revision` changes with every change to what
 * a kind holds; `extreme` says that a vector of a cosine kind is too long or too short for 32-bit
 * squares.
 */
export const schema = `
  CREATE TABLE kinds (
    kind_no INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL UNIQUE,
    metric TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    extreme INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE versions (
    version_no INTEGER PRIMARY KEY AUTOINCREMENT,
    kind_no INTEGER NOT NULL,
    version INTEGER NOT NULL,
    vectors INTEGER NOT NULL,
    UNIQUE (kind_no, version)
  ) STRICT;
  ${vectorLedgerSchema}
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`

/**
 * The table of one version of a kind: a partition key in one table for all would cost a quarter of
 * each insert. Chunks smaller than usual (1,024) make inserts cheaper still; much smaller ones make
 * searches slower.
 */
export const vectorTable = (versionNo: number, metric: string, dimension: number): string => `
  CREATE VIRTUAL TABLE vec_${versionNo} USING vec0(
    id TEXT PRIMARY KEY,
    vector FLOAT[${dimension}] DISTANCE_METRIC=${metric},
    chunk_size=512
  )
`
