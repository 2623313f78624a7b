import type { Database } from "better-sqlite3"
import { BoundedMap } from "../../domain/BoundedMap.ts"
import type { FindingId } from "../../domain/event/ids.ts"
import { timestampFromMicros, timestampMicros } from "../../domain/event/timestamp.ts"
import type { FindingState } from "../../domain/finding/finding.ts"
import type { RatingClass } from "../../domain/secret/rating.ts"
import type { Secret } from "../../domain/secret/secret.ts"
import { makeBulkInsert } from "../BulkInsert.ts"
import { timestampSql } from "../schema.ts"

/** Where a reuse key stands in the tables, and what stands there if it does. */
interface KeyRow {
  readonly secretNo: number
  readonly findingNo: number
  readonly stored: FindingState | undefined
  /** How surprising its secret is; `null` if that was not rated, or is not stored yet. */
  readonly bits: number | null
}

/** The rows of `secrets` and `findings`: one finding row per reuse key, a finding or not yet one. */
export interface KeyRows {
  /** Finds a key; a new one gets numbers, and is written by `put` in this batch. */
  readonly find: (name: string, secret: Secret | null, principal: string) => KeyRow
  readonly put: (row: StoredKey) => void
  /** Writes what has been put, and the new secrets. */
  readonly flush: () => void
}

/** A row of `findings`; its key is remembered under `name`. */
interface StoredKey {
  readonly name: string
  /** Whether the tables do not hold it yet. */
  readonly isNew: boolean
  readonly findingNo: number
  readonly id: FindingId
  readonly secretNo: number
  readonly principal: string
  readonly bits: number | null
  /** Why the secret is as surprising; read only where the row is new, as the ordinal is. */
  readonly ratingClass: RatingClass | null
  /** The ordinal of its first capture. */
  readonly since: number
  /** The block of the last event that changed it. */
  readonly block: number
  readonly state: FindingState
}

/** The columns of a `FindingState`, under its names; `open` is 0 or 1. */
export const stateColumns = `version, open, ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen,
  attempt_count AS attemptCount, target_count AS targetCount, attacker_count AS attackerCount,
  announced_targets AS announcedTargets, announced_attackers AS announcedAttackers`

type StateRow = ReadonlyArray<number | null>

/** The most keys whose rows are kept in memory; beyond it they are looked up again. */
const maxKnown = 20_000

export const makeKeyRows = (db: Database): KeyRows => {
  const findSecret = db
    .prepare<[number, string, string], number>(
      "SELECT secret_no FROM secrets WHERE digest_start = ? AND digest = ? AND kind = ?",
    )
    .pluck()
  const findKey = db
    .prepare<[number, string], StateRow>(
      `SELECT finding_no, version, open, first_seen, last_seen, attempt_count, target_count,
              attacker_count, announced_targets, announced_attackers, rating_bits
         FROM findings WHERE secret_no = ? AND principal = ?`,
    )
    .raw()
  const last = (column: string, table: string): number =>
    db.prepare<[], number | null>(`SELECT max(${column}) FROM ${table}`).pluck().get() ?? 0
  const secrets = makeBulkInsert(
    db,
    "secrets (secret_no, kind, digest, length_class, digest_start)",
    5,
  )
  const findings = makeBulkInsert(
    db,
    `findings (version, open, first_seen, last_seen, attempt_count, target_count, attacker_count,
       announced_targets, announced_attackers, block, finding_no, finding_id, secret_no, principal,
       rating_bits, rating_class, since)`,
    17,
  )
  const update = db.prepare(
    `UPDATE findings SET version = ?, open = ?, first_seen = ?, last_seen = ?, attempt_count = ?,
       target_count = ?, attacker_count = ?, announced_targets = ?, announced_attackers = ?,
       block = ?
     WHERE finding_no = ?`,
  )
  // Secrets that came up in this batch, by kind and digest.
  const newSecrets = new Map<string, number>()
  let nextSecret = 1 + last("secret_no", "secrets")
  let nextFinding = 1 + last("finding_no", "findings")

  const newSecret = (secret: Secret | null, name: string): number => {
    const secretNo = nextSecret++
    newSecrets.set(name, secretNo)
    secrets.values.push(
      secretNo,
      secret?.kind ?? "",
      secret?.digest ?? "",
      secret?.lengthClass ?? "0",
      digestStart(secret?.digest ?? ""),
    )
    secrets.next()
    return secretNo
  }

  const newKey = (secretNo: number): KeyRow => ({
    secretNo,
    findingNo: nextFinding++,
    stored: undefined,
    bits: null,
  })

  const known = new BoundedMap<string, KeyRow>(maxKnown)

  const lookUp = (secret: Secret | null, principal: string): KeyRow => {
    const digest = secret?.digest ?? ""
    const kind = secret?.kind ?? ""
    const name = `${digest}${kind}`
    const fresh = newSecrets.get(name)
    if (fresh !== undefined) return newKey(fresh)
    const secretNo = findSecret.get(digestStart(digest), digest, kind)
    if (secretNo === undefined) return newKey(newSecret(secret, name))
    const row = findKey.get(secretNo, principal)
    return row === undefined
      ? newKey(secretNo)
      : { secretNo, findingNo: row[0] ?? 0, stored: stateOf(row), bits: row[10] ?? null }
  }

  return {
    find: (name, secret, principal) => known.get(name) ?? lookUp(secret, principal),
    put: (row) => {
      const { name, findingNo, secretNo, principal, state, block } = row
      known.set(name, { secretNo, findingNo, stored: state, bits: row.bits })
      if (!row.isNew) {
        update.run(...columnsOf(state), block, findingNo)
        return
      }
      findings.values.push(
        ...columnsOf(state),
        block,
        findingNo,
        row.id,
        secretNo,
        principal,
        row.bits,
        row.ratingClass,
        row.since,
      )
      findings.next()
    },
    flush: () => {
      secrets.flush()
      findings.flush()
      newSecrets.clear()
    },
  }
}

// As `secrets.digest_start` holds it; an absent secret has no digest.
const digestStart = (digest: string): number => Number.parseInt(digest.slice(0, 12) || "0", 16)

const columnsOf = (state: FindingState): ReadonlyArray<number> => [
  state.version,
  Number(state.open),
  timestampMicros(state.firstSeen),
  timestampMicros(state.lastSeen),
  state.attemptCount,
  state.targetCount,
  state.attackerCount,
  state.announcedTargets,
  state.announcedAttackers,
]

const stateOf = (row: StateRow): FindingState => {
  const column = (index: number): number => row[index] ?? 0
  return {
    version: column(1),
    open: column(2) === 1,
    firstSeen: timestampFromMicros(column(3)),
    lastSeen: timestampFromMicros(column(4)),
    attemptCount: column(5),
    targetCount: column(6),
    attackerCount: column(7),
    announcedTargets: column(8),
    announcedAttackers: column(9),
  }
}
