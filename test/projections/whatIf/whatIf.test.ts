import { describe, expect, it } from "@effect/vitest"
import type { Database } from "better-sqlite3"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeEvent } from "../../../src/domain/event/codec.ts"
import { sha256Hex } from "../../../src/domain/event/digest.ts"
import type { DecodedEvent, RecordedEvent } from "../../../src/domain/event/events.ts"
import { defaultPolicy, type ReusePolicy } from "../../../src/domain/finding/policy.ts"
import { catchUp } from "../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../src/infra/readmodel/project.ts"
import { releaseQuarantine } from "../../../src/infra/readmodel/quarantine/releaseQuarantine.ts"
import { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"
import { readCheckpoint } from "../../../src/projections/checkpoint.ts"
import { decisionsOf } from "../../../src/projections/deadLetters.ts"
import { quarantinesOf } from "../../../src/projections/quarantine.ts"
import type { Totals } from "../../../src/projections/queries/Finding.ts"
import type { Subset } from "../../../src/projections/whatIf/Subset.ts"
import { type Outcome, whatIf } from "../../../src/projections/whatIf/whatIf.ts"
import {
  breakableStores,
  breakSome,
  broken,
  distinct,
  some,
} from "../../infra/readmodel/brokenEvents.ts"
import { append, wholeLog } from "../../infra/readmodel/logEvents.ts"
import { currentDatabase, silent } from "../../infra/readmodel/sinks.ts"
import { NaiveModel } from "../../reference/NaiveModel.ts"
import { textOf } from "../../support/sealing.ts"
import { captured, policyChanged, time } from "../captureEvents.ts"
import { foldBatches } from "../foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../histories.ts"

const name = "credential-reuse"
const limit = 1000
const whole: Subset = { services: [], deckies: [], ignoredDeckies: [] }

const oneOf = <A>(...choices: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(
    Arbitrary.schema(
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: choices.length - 1 })),
    ),
    (n) => choices[n] as A, // within bounds
  )

const second = oneOf(undefined, 0, 1, 2, 3, 4, 5)
const choices = {
  since: second,
  until: second,
  services: oneOf<ReadonlyArray<string>>([], [], ["ssh"], ["f*"], ["ssh", "ftp"]),
  deckies: oneOf<ReadonlyArray<string>>([], [], ["decky-0*"], ["decky-00", "*1"]),
  ignoredDeckies: oneOf<ReadonlyArray<string>>([], [], ["*-02"], ["decky-01", "lab-*"]),
}

interface Chosen extends Pick<Subset, "services" | "deckies" | "ignoredDeckies"> {
  readonly since: number | undefined
  readonly until: number | undefined
}

const subsetOf = ({ since, until, ...names }: Chosen): Subset => ({
  ...(since === undefined ? {} : { since: time(`2031-01-03T00:00:0${since}Z`) }),
  ...(until === undefined ? {} : { until: time(`2031-01-03T00:00:0${until}Z`) }),
  ...names,
})

const policies = Arbitrary.array(
  Arbitrary.map(
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 31 }))),
    (n): ReusePolicy => ({
      ...defaultPolicy,
      minTargets: 2 + (n % 4),
      excludeEmpty: n < 16,
      excludedKinds: n % 3 === 0 ? [] : ["ntlm_hash"],
      excludedSecrets: n % 5 === 0 ? [sha256Hex(Buffer.from("orchid"))] : [],
    }),
  ),
  { maxLength: 3 },
)

/** Whether an event belongs to a subset, as one would write it down without the program's words. */
const belongs = (event: DecodedEvent, { since, until, ...names }: Subset): boolean => {
  if (event.type !== "credential.captured") return true
  const { observedAt, decky, service } = event.data
  const isOneOf = (patterns: ReadonlyArray<string>, text: string) =>
    patterns.some((pattern) => {
      const [start = "", end] = pattern.split("*")
      return end === undefined ? text === pattern : text.startsWith(start) && text.endsWith(end)
    })
  return (
    (since === undefined || observedAt >= since) &&
    (until === undefined || observedAt <= until) &&
    (names.services.length === 0 || isOneOf(names.services, service)) &&
    (names.deckies.length === 0 || isOneOf(names.deckies, decky)) &&
    !isOneOf(names.ignoredDeckies, decky)
  )
}

type Findings = Readonly<Record<string, Totals>>

const totals = ({ targetCount, attackerCount, attemptCount }: Totals): Totals => ({
  targetCount,
  attackerCount,
  attemptCount,
})

const findingsIn = (db: Database): Findings =>
  Object.fromEntries(
    db
      .prepare<[], Totals & { id: string }>(
        `SELECT finding_id AS id, target_count AS targetCount, attacker_count AS attackerCount,
                attempt_count AS attemptCount FROM findings WHERE open = 1`,
      )
      .all()
      .map((row) => [row.id, totals(row)]),
  )

/** What the naive model makes of events, under a policy from the beginning or history's own. */
const naive = (events: ReadonlyArray<DecodedEvent>, policy: ReusePolicy | null): Findings => {
  const model = new NaiveModel()
  if (policy !== null) model.add(policyChanged(policy))
  for (const event of events) {
    if (policy === null || event.type !== "reuse.policy.changed") model.add(event)
  }
  const open = model.state().keys.filter((key) => key.open)
  return Object.fromEntries(open.map((key) => [key.findingId, totals(key)]))
}

/** The findings of the other case, put together from the present ones and the differences. */
const applied = (present: Findings, outcome: Outcome): Findings => {
  const { appear, disappear, change } = outcome
  const after: Record<string, Totals> = { ...present }
  for (const { id, present: before } of [...disappear.examples, ...change.examples]) {
    expect(present[id]).toEqual(before)
  }
  for (const { id } of appear.examples) expect(present[id]).toBeUndefined()
  for (const { id } of disappear.examples) delete after[id]
  for (const { id, whatIf: other, present: before } of [...appear.examples, ...change.examples]) {
    expect(other).not.toEqual(id in present ? before : undefined)
    after[id] = other
  }
  expect(outcome.findingCount).toBe(Object.keys(after).length)
  expect(disappear.count + change.count + outcome.unchangedCount).toBe(Object.keys(present).length)
  return after
}

const retry = Effect.gen(function* () {
  const database = yield* currentDatabase
  for (const { findingId } of quarantinesOf(database, name)) yield* releaseQuarantine(findingId)
})

describe("whatIf", () => {
  it.prop(
    "is what a replay of the subset under the policy comes to, for each policy of one pass",
    { steps: histories, sizes: cuts, others: policies, ...choices },
    ({ steps, sizes, others, ...chosen }) => {
      const events = eventsOf(steps)
      const subset = subsetOf(chosen)
      const db = foldBatches(batchesOf(events, sizes))
      const asked = [null, ...others]
      const { outcomes, captureCount, presentCount } = whatIf(db, {
        subset,
        policies: asked,
        limit,
      })
      const present = findingsIn(db)
      const kept = events.filter((event) => belongs(event, subset))
      expect(captureCount).toBe(kept.filter(({ type }) => type === "credential.captured").length)
      expect(presentCount).toBe(Object.keys(present).length)
      for (const [n, outcome] of outcomes.entries()) {
        expect(outcome.policy).toBe(asked[n])
        expect(applied(present, outcome)).toEqual(naive(kept, asked[n] ?? null))
        expect(whatIf(db, { subset, policies: [asked[n] ?? null], limit }).outcomes).toEqual([
          outcome,
        ])
      }
    },
    { arbitrary: { runs: 150, size: 120, seed: 21 } },
  )

  it.prop(
    "changes nothing where nothing is different",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const db = foldBatches(batchesOf(eventsOf(steps), sizes))
      const { outcomes, presentCount } = whatIf(db, { subset: whole, policies: [null], limit })
      const none = { count: 0, examples: [] }
      expect(outcomes).toEqual([
        {
          policy: null,
          findingCount: presentCount,
          appear: none,
          disappear: none,
          change: none,
          unchangedCount: presentCount,
        },
      ])
    },
    { arbitrary: { runs: 40, size: 120, seed: 22 } },
  )

  it.effect.prop(
    "treats what was set aside, and what was folded after a retry, as a replay does",
    { steps: histories, poison: some, mended: some, others: policies, ...choices },
    ({ steps, poison, mended, others, ...chosen }) =>
      Effect.gen(function* () {
        const database = yield* currentDatabase
        const events = distinct(eventsOf(steps))
        const subset = subsetOf(chosen)
        breakSome(events, poison)
        yield* append(events)
        yield* catchUp("quarantine")
        for (const index of mended) {
          broken.delete(events[poison[index % poison.length] ?? 0]?.recorded.id ?? "")
        }
        yield* retry
        broken.clear()
        const decisions = decisionsOf(database, name)
        const log = yield* wholeLog
        const decode = (event: RecordedEvent) => Result.getOrThrow(decodeEvent(event))
        const kept = log.filter((event) => {
          // An event that was set aside is not read, so nobody knows where it belongs.
          if (decisions.get(event.position)?.retried === false) return true
          const decoded = decode(event)
          return decoded !== undefined && belongs(decoded, subset)
        })
        const asked = [null, ...others]
        const { outcomes } = whatIf(database, { subset, policies: asked, limit })
        const present = findingsIn(database)
        for (const [n, outcome] of outcomes.entries()) {
          const policy = asked[n] ?? null
          const replayed = yield* Effect.gen(function* () {
            const again = yield* currentDatabase
            if (policy !== null) {
              again
                .prepare("INSERT INTO policies VALUES ('', 'none', 'never', ?, 0)")
                .run(JSON.stringify(policy))
            }
            const projection = yield* silent
            const wanted = kept.filter(
              ({ type }) =>
                projection.types.includes(type) &&
                (policy === null || type !== "reuse.policy.changed"),
            )
            const start = readCheckpoint(again, name)
            yield* commitBatch(projection, start, wanted, "stop", decisions)
            return findingsIn(again)
          }).pipe(
            Effect.provide(Layer.fresh(ReadModel.layer({ file: ":memory:", mode: "read-write" }))),
          )
          expect(applied(present, outcome)).toEqual(replayed)
        }
      }).pipe(Effect.provide(breakableStores)),
    { arbitrary: { runs: 60, size: 120, seed: 23 } },
  )

  it("shows those with the most targets first, then attackers, then attempts", () => {
    const on = (password: string, deckies: number, ips: number, attempts: number) => [
      ...Array.from({ length: deckies }, (_, n) => captured({ password, decky: `d-${n}` })),
      ...Array.from({ length: ips }, (_, n) =>
        captured({ password, decky: "d-0", ip: `192.0.2.${n + 9}` }),
      ),
      ...Array.from({ length: attempts }, () => captured({ password, decky: "d-0" })),
    ]
    const db = foldBatches([
      [
        ...on("few", 2, 0, 0),
        ...on("tried often", 2, 1, 5),
        ...on("many", 4, 0, 0),
        ...on("by several", 2, 2, 0),
        ...on("seldom", 2, 1, 0),
      ],
    ])
    const asked = [{ ...defaultPolicy, minTargets: 9 }]
    const printed = (most: number) =>
      whatIf(db, { subset: whole, policies: asked, limit: most }).outcomes.flatMap(
        ({ disappear }) => [
          disappear.count,
          ...disappear.examples.map(({ secret }) => textOf(secret)),
        ],
      )
    expect(printed(9)).toEqual([5, "many", "by several", "tried often", "seldom", "few"])
    expect(printed(2)).toEqual([5, "many", "by several"])
  })

  it("takes names as they are, and * for any text", () => {
    const db = foldBatches([
      ["lab-1", "lab-2", "LAB-3", "a.b", "axb"].map((decky) => captured({ decky })),
    ])
    const counted = (deckies: ReadonlyArray<string>) =>
      whatIf(db, { subset: { ...whole, deckies }, policies: [null], limit }).captureCount
    expect(counted(["lab-*"])).toBe(2)
    expect(counted(["a.b"])).toBe(1)
    expect(counted(["*b"])).toBe(2)
    expect(counted(["*"])).toBe(5)
    expect(counted(["lab"])).toBe(0)
  })
})
