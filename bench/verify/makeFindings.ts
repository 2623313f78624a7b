import Sqlite from "better-sqlite3"
import type { Capture } from "../../src/domain/capture/capture.ts"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { captureEventId } from "../../src/domain/event/ids.ts"
import type { Position } from "../../src/domain/event/position.ts"
import { timestampFromMicros } from "../../src/domain/event/timestamp.ts"
import { moveCheckpoint, readCheckpoint } from "../../src/projections/checkpoint.ts"
import { makeReuseFold, reuseProjectionName } from "../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema, readModelVersion } from "../../src/projections/schema.ts"
import { secretOf } from "../../test/support/sealing.ts"

const batch = 5000
const deckies = 24
const attackers = 19_997

/** Read models with so many findings, each of two targets and two attackers. */
export const makeFindings = (file: string, findings: number): void => {
  const database = new Sqlite(file)
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = OFF")
  database.pragma("cache_size = -65536")
  database.exec(readModelSchema)
  database.pragma(`user_version = ${readModelVersion}`)
  const projection = makeReuseFold(database, "silent")
  const count = findings * 2
  for (let start = 0; start < count; start += batch) {
    const events = Array.from({ length: Math.min(batch, count - start) }, (_, index) =>
      // The second attempt at a key comes long after the first.
      captureOf(start + index, (start + index) % findings),
    )
    database.transaction(() => projection.apply(events)).immediate()
  }
  const from = readCheckpoint(database, reuseProjectionName)
  const last = positionOf(count - 1)
  database.transaction(() => moveCheckpoint(database, reuseProjectionName, from, last, count))()
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
}

const positionOf = (number: number): Position => String(number + 1).padStart(16, "0") as Position // the shape the log gives

const captureOf = (number: number, key: number): DecodedEvent => {
  const attacker = (number * 7919) % attackers
  const data: Capture = {
    observedAt: timestampFromMicros(1_767_225_600_000_000 + number * 1000),
    decky: `decky-${(number * 5 + Math.floor(number / 7)) % deckies}`,
    service: "ssh",
    attackerIp: `10.0.${attacker >> 8}.${attacker & 255}`,
    sessionId: `session-${number}`,
    principal: "root",
    secret: secretOf("plaintext", Buffer.from(`secret-${key}`)),
    outcome: "failure",
    fields: {},
  }
  const type = "credential.captured" as const
  const recorded = {
    position: positionOf(number),
    stream: "capture-bench",
    revision: number,
    id: captureEventId(data),
    type,
    recordedAt: number,
    data,
    metadata: {},
  }
  return { type, data, recorded }
}
