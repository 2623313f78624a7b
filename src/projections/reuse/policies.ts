import type { Database } from "better-sqlite3"
import * as Schema from "effect/Schema"
import type { PolicyChanged, RecordedEvent } from "../../domain/event/events.ts"
import { defaultPolicy, ReusePolicy } from "../../domain/finding/policy.ts"

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(ReusePolicy))

/** The policy in force at the end of what has been folded. */
export const currentPolicy = (db: Database): ReusePolicy => {
  const row = db
    .prepare<[], { policy: string }>("SELECT policy FROM policies ORDER BY position DESC LIMIT 1")
    .get()
  return row === undefined ? defaultPolicy : decode(row.policy)
}

/** Records that a policy is in force from this event on. */
export const recordPolicy = (
  db: Database,
  changed: PolicyChanged,
  recorded: RecordedEvent,
  ordinal: number,
): void => {
  db.prepare("INSERT INTO policies VALUES (?, ?, ?, ?, ?)").run(
    recorded.position,
    recorded.id,
    changed.changedAt,
    JSON.stringify(changed.policy),
    ordinal,
  )
}
