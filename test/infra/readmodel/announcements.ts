import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { sha256Hex } from "../../../src/domain/event/digest.ts"
import { factEventId, findingId, mintedAttackerUuid } from "../../../src/domain/event/ids.ts"
import { EventLog, type EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../../../src/infra/readmodel/ReadModel.ts"
import { type Announcement, makeOutbox } from "../../../src/projections/outbox.ts"
import { newId } from "../eventlog/newEvents.ts"

/** The stream of a finding that only tests know. */
const findingOf = (name: string): string => {
  const secretDigest = sha256Hex(Buffer.from(name))
  return findingId({ secretKind: "plaintext", secretDigest, principal: "" })
}

/** The n-th version of a finding, to be the n-th event of its stream. */
export const version = (finding: string, n: number): Announcement => ({
  stream: `reuse-${findingOf(finding)}`,
  expectedRevision: n - 2,
  id: factEventId("credential.reuse.detected", findingOf(finding), String(n)),
  type: "credential.reuse.detected",
  data: { finding, version: n },
  causedBy: newId(),
})

export const versions = (finding: string, from: number, to: number): ReadonlyArray<Announcement> =>
  Array.from({ length: to - from + 1 }, (_, n) => version(finding, from + n))

/** An address has been seen for the first time; it does not matter where in its stream that stands. */
export const observed = (attackerIp: string): Announcement => ({
  stream: `attacker-${attackerIp}`,
  expectedRevision: null,
  id: factEventId("attacker.observed", attackerIp),
  type: "attacker.observed",
  data: { attackerIp, attackerUuid: mintedAttackerUuid(attackerIp) },
  causedBy: newId(),
})

export const enqueue = (
  announcements: ReadonlyArray<Announcement>,
): Effect.Effect<void, ReadModelUnavailable, ReadModel> =>
  ReadModel.use((readModel) =>
    readModel.attempt("fill the outbox", (database) => {
      const outbox = makeOutbox(database)
      for (const announcement of announcements) outbox.enqueue(() => announcement)
      database.transaction(outbox.flush)()
    }),
  )

/** The ids of what waits in the outbox, in order. */
export const waiting: Effect.Effect<
  ReadonlyArray<string>,
  ReadModelUnavailable,
  ReadModel
> = ReadModel.use((readModel) =>
  readModel.attempt("read the outbox", (database) =>
    database
      .prepare<[], string>("SELECT event_id FROM outbox ORDER BY outbox_no")
      .pluck(true)
      .all(),
  ),
)

/** The ids in a stream, in order. */
export const idsIn = (
  stream: string,
): Effect.Effect<ReadonlyArray<string>, EventLogUnavailable, EventLog> =>
  EventLog.use((log) => log.readStream(stream, { direction: "forwards", limit: 1_000_000 })).pipe(
    Effect.map((events) => events.map(({ id }) => id)),
  )

/** The ids in the whole log, in order. */
export const idsInLog: Effect.Effect<
  ReadonlyArray<string>,
  EventLogUnavailable,
  EventLog
> = EventLog.use((log) => log.readAll({ direction: "forwards", limit: 1_000_000 })).pipe(
  Effect.map((events) => events.map(({ id }) => id)),
)

export const ids = (announcements: ReadonlyArray<Announcement>): ReadonlyArray<string> =>
  announcements.map(({ id }) => id)

/** Expects that these are in the log, each stream in its order, and that nothing waits. */
export const expectRelayed = Effect.fnUntraced(function* (
  announcements: ReadonlyArray<Announcement>,
) {
  expect(yield* waiting).toEqual([])
  expect((yield* idsInLog).toSorted()).toEqual(ids(announcements).toSorted())
  for (const [stream, own] of Map.groupBy(announcements, ({ stream }) => stream)) {
    expect(yield* idsIn(stream)).toEqual(ids(own))
  }
})
