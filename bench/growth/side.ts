import { join } from "node:path"
import Sqlite from "better-sqlite3"
import type { Capture } from "../../src/domain/capture/capture.ts"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { captureEventId } from "../../src/domain/event/ids.ts"
import type { Position } from "../../src/domain/event/position.ts"
import { timestampFromMicros } from "../../src/domain/event/timestamp.ts"
import { makeReuseFold } from "../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../src/projections/schema.ts"
import { secretOf } from "../../test/support/sealing.ts"
import { side } from "../side.ts"

// One side of the comparison of a giant finding with small ones: builds the findings, untimed, and
// then takes the time of more captures of known targets and attackers, in batches of 1,000 as they
// come in live. Arguments: giant | small, a directory.
const [which, directory = ""] = process.argv.slice(2)
const targets = 10_000
const attackers = 100_000
const timed = 50_000
const small = 2_000

const db = new Sqlite(join(directory, `${which}.sqlite`))
db.pragma("journal_mode = WAL")
db.pragma("synchronous = NORMAL")
db.pragma("wal_autocheckpoint = 8000")
db.pragma("cache_size = -65536")
db.exec(readModelSchema)
const projection = makeReuseFold(db, "silent")

let number = 0
const capture = (key: number, target: number, attacker: number): DecodedEvent => {
  const data: Capture = {
    observedAt: timestampFromMicros(1_767_225_600_000_000 + number * 1000),
    decky: `decky-${target}`,
    service: "ssh",
    attackerIp: `10.${(attacker >> 16) & 255}.${(attacker >> 8) & 255}.${attacker & 255}`,
    sessionId: `session-${number}`,
    principal: "root",
    secret: secretOf("plaintext", Buffer.from(`secret-${key}`)),
    outcome: "failure",
    fields: {},
  }
  number++
  const id = captureEventId(data)
  const position = String(number).padStart(16, "0") as Position // the shape the log gives
  const type = "credential.captured" as const
  const recorded = {
    position,
    stream: "bench",
    revision: number,
    id,
    type,
    recordedAt: 0,
    data,
    metadata: {},
  }
  return { type, data, recorded }
}

const apply = (count: number, batch: number, at: (index: number) => DecodedEvent): void => {
  for (let start = 0; start < count; start += batch) {
    const events = Array.from({ length: Math.min(batch, count - start) }, (_, i) => at(start + i))
    db.transaction(() => projection.apply(events)).immediate()
  }
}

// As many captures before, on one key or spread over two thousand.
const giant = which === "giant"
const at = (index: number): DecodedEvent =>
  giant
    ? capture(0, index % targets, index % attackers)
    : capture(
        index % small,
        ((index % small) % 50) + 50 * (Math.floor(index / small) % 5),
        index % attackers,
      )
apply(attackers, 20_000, at)

const events = Array.from({ length: timed }, (_, index) => at((index * 7919) % attackers))
await side(() => {
  let next = 0
  apply(timed, 1000, () => events[next++] ?? at(0))
  return timed
})
