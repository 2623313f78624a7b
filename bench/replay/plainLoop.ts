import type { Database } from "better-sqlite3"
import type { Capture } from "../../src/domain/capture/capture.ts"
import type { RecordedEvent } from "../../src/domain/event/events.ts"
import { findingId, mintedAttackerUuid } from "../../src/domain/event/ids.ts"
import { timestampMicros } from "../../src/domain/event/timestamp.ts"
import { fewTargets } from "../../src/domain/finding/finding.ts"
import { defaultPolicy, isComparable } from "../../src/domain/finding/policy.ts"
import { unratedBits } from "../../src/domain/finding/rank.ts"
import { reuseKeyOf } from "../../src/domain/finding/reuseKey.ts"
import { blockOf } from "../../src/projections/reuse/foldIndex.ts"

/**
 * The baseline of the replay benchmark: what one writes first. Each capture is applied by itself,
 * straight to the same tables with the same rows as the projection writes, by prepared upserts.
 * The caller puts 1,000 events into one transaction.
 */
export const makePlainLoop = (
  db: Database,
): ((capture: Capture, recorded: RecordedEvent) => void) => {
  const target = db.prepare<[string, string], { no: number }>(
    `INSERT INTO targets (decky, service) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET decky = decky RETURNING target_no AS no`,
  )
  const attacker = db.prepare<[object], { no: number }>(
    `INSERT INTO attackers (ip, uuid, first_seen, last_seen, attempt_count, since, block)
     VALUES (:ip, :uuid, :at, :at, 1, :since, :block)
     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at),
       attempt_count = attempt_count + 1, block = :block RETURNING attacker_no AS no`,
  )
  const secret = db.prepare<unknown[], { no: number }>(
    `INSERT INTO secrets (digest, kind, length_class, digest_start)
     VALUES (?, ?, ?, ?) RETURNING secret_no AS no`,
  )
  const knownSecret = db.prepare<[number, string, string], { no: number }>(
    "SELECT secret_no AS no FROM secrets WHERE digest_start = ? AND digest = ? AND kind = ?",
  )
  const finding = db.prepare<[object], Row>(
    `INSERT INTO findings (finding_id, secret_no, principal, version, open, first_seen, last_seen,
       attempt_count, target_count, attacker_count, announced_targets, announced_attackers, since,
       block, rating_bits, rating_class)
     VALUES (:id, :secretNo, :principal, 0, 0, :at, :at, 1, 0, 0, 0, 0, :since, :block, :bits, :class)
     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at),
       attempt_count = attempt_count + 1, block = :block
     RETURNING finding_no AS no, version, target_count AS targets, attacker_count AS attackers,
       announced_targets AS announcedTargets, announced_attackers AS announced,
       attempt_count AS attempts, rating_bits AS bits`,
  )
  const pair = (table: string, column: string) =>
    db.prepare<[object], { attempts: number }>(
      `INSERT INTO ${table} (finding_no, ${column}, ordinal, first_seen, last_seen,
         attempt_count, since, block)
       VALUES (:finding, :no, :ordinal, :at, :at, 1, :since, :block)
       ON CONFLICT DO UPDATE SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at),
         attempt_count = attempt_count + 1, block = :block RETURNING attempt_count AS attempts`,
    )
  const findingTarget = pair("finding_targets", "target_no")
  const findingAttacker = pair("finding_attackers", "attacker_no")
  const credential = db.prepare(
    `INSERT INTO credentials VALUES (:finding, :target, :attacker, :at, :at, 1, :outcome,
       iif(:outcome IS NULL, NULL, :at), :fields, :since, :block)
     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at),
       attempt_count = attempt_count + 1, block = :block,
       outcome = iif(excluded.outcome_at >= coalesce(outcome_at, 0), excluded.outcome, outcome),
       outcome_at = max(coalesce(excluded.outcome_at, outcome_at), coalesce(outcome_at, excluded.outcome_at))`,
  )
  const counts = db.prepare(
    `UPDATE findings SET version = ?, open = ?, target_count = ?, attacker_count = ?, announced_targets = ?,
       announced_attackers = ? WHERE finding_no = ?`,
  )
  const targetsSince = db.prepare(
    `SELECT decky, service FROM finding_targets JOIN targets USING (target_no)
      WHERE finding_no = ? AND ordinal > ? ORDER BY ordinal LIMIT 50`,
  )
  const attackersSince = db.prepare(
    `SELECT ip, uuid FROM finding_attackers JOIN attackers USING (attacker_no)
      WHERE finding_no = ? AND ordinal > ? ORDER BY ordinal LIMIT 50`,
  )
  const history = db.prepare(
    "INSERT INTO finding_history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
  )
  const folded = db.prepare("INSERT INTO folded VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?)")
  const ofBlock = db.prepare(
    `INSERT INTO blocks VALUES (:block, :at, :at) ON CONFLICT DO UPDATE SET
       first_seen = min(first_seen, :at), last_seen = max(last_seen, :at)`,
  )
  let since = 0

  return (capture, recorded) => {
    since++
    const block = blockOf(since)
    const at = timestampMicros(capture.observedAt)
    const key = reuseKeyOf(capture)
    const targetNo = target.get(capture.decky, capture.service)?.no ?? 0
    const ip = capture.attackerIp
    const attackerNo =
      ip === null
        ? 0
        : (attacker.get({ ip, uuid: mintedAttackerUuid(ip), at, since, block })?.no ?? 0)
    const { secret: tried } = capture
    const start = Number.parseInt(key.secretDigest.slice(0, 12) || "0", 16)
    const secretNo =
      knownSecret.get(start, key.secretDigest, key.secretKind)?.no ??
      secret.get(key.secretDigest, key.secretKind, tried?.lengthClass ?? "0", start)?.no
    const row = finding.get({
      id: findingId(key),
      secretNo,
      principal: key.principal,
      at,
      since,
      block,
      bits: tried?.rating?.bits ?? null,
      class: tried?.rating?.class ?? null,
    })
    if (row === undefined) throw new Error("an upsert gave no row")
    const newTarget =
      findingTarget.get({
        finding: row.no,
        no: targetNo,
        ordinal: row.targets + 1,
        at,
        since,
        block,
      })?.attempts === 1
    const newAttacker =
      attackerNo !== 0 &&
      findingAttacker.get({
        finding: row.no,
        no: attackerNo,
        ordinal: row.attackers + 1,
        at,
        since,
        block,
      })?.attempts === 1
    credential.run({
      finding: row.no,
      target: targetNo,
      attacker: attackerNo,
      at,
      since,
      block,
      outcome: capture.outcome,
      fields: Object.keys(capture.fields).length > 0 ? JSON.stringify(capture.fields) : null,
    })
    const { position, recordedAt } = recorded
    folded.run(since, position, recordedAt, row.no, targetNo, attackerNo, at, capture.outcome)
    ofBlock.run({ block, at })
    if (!newTarget && !newAttacker) return
    const targets = row.targets + (newTarget ? 1 : 0)
    const attackers = row.attackers + (newAttacker ? 1 : 0)
    const isFollowed = (row.bits ?? unratedBits) >= defaultPolicy.followedFromBits
    const oneByOne = isFollowed ? defaultPolicy.attackersAnnounced : 0
    const grew =
      row.version > 0 &&
      ((newTarget &&
        (isFollowed || targets <= fewTargets || targets >= 2 * row.announcedTargets)) ||
        (newAttacker && (attackers <= oneByOne || attackers >= 2 * row.announced)))
    const opens = row.version === 0 && targets >= defaultPolicy.minTargets
    const told = isComparable(defaultPolicy, tried) && (opens || grew)
    const before = row.announcedTargets
    counts.run(
      told ? row.version + 1 : row.version,
      told || row.version > 0 ? 1 : 0,
      targets,
      attackers,
      told ? targets : row.announcedTargets,
      told ? attackers : row.announced,
      row.no,
    )
    if (!told) return
    history.run(
      row.no,
      row.version + 1,
      opens ? "opened" : "grew",
      recorded.position,
      recorded.id,
      recorded.type,
      at,
      null,
      null,
      JSON.stringify(targetsSince.all(row.no, before)),
      targets - before,
      JSON.stringify(attackersSince.all(row.no, row.announced)),
      attackers - row.announced,
      "[]",
      targets,
      attackers,
      row.attempts,
      since,
    )
  }
}

interface Row {
  readonly no: number
  readonly version: number
  readonly targets: number
  readonly attackers: number
  readonly announcedTargets: number
  readonly announced: number
  readonly attempts: number
  readonly bits: number | null
}
