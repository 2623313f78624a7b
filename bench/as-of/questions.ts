import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { timestampFromMicros } from "../../src/domain/event/timestamp.ts"
import { EventLog } from "../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { projectionBatch } from "../../src/infra/readmodel/catchUp.ts"
import { project, readModelSink } from "../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { asOf } from "../../src/projections/past/asOf.ts"
import { cutAtEventTime, cutAtPosition } from "../../src/projections/past/Cut.ts"
import { findingById } from "../../src/projections/queries/findingById.ts"
import { listAttackers } from "../../src/projections/queries/listAttackers.ts"
import { listCredentials } from "../../src/projections/queries/listCredentials.ts"
import { listFindings } from "../../src/projections/queries/listFindings.ts"
import { blockSize } from "../../src/projections/reuse/foldIndex.ts"
import { reuseProjection } from "../../src/projections/reuse/reuseProjection.ts"

/** Milliseconds that each answer took, and that folding the log up to the moment took. */
export interface Answers {
  readonly replay: number
  readonly questions: ReadonlyArray<{
    readonly question: string
    readonly now: ReadonlyArray<number>
    readonly position: ReadonlyArray<number>
    readonly eventTime: ReadonlyArray<number>
  }>
}

// Folds a log and asks about its end and its middle, in turn. Arguments: the log's file, that of the
// read models, how often each question is asked.
const [log = "", file = "", asked = "1"] = process.argv.slice(2)
const page = { limit: 25, offset: 0 }

const questionsAbout = (
  db: Database,
): Readonly<Record<string, (database: Database) => unknown>> => {
  const [most] = listFindings(db, { sort: "attackers", ...page }).findings
  const [busiest] = listAttackers(db, { sort: "attempts", ...page }).attackers
  const id = most?.id ?? ""
  const pages = { targets: page, attackers: page, history: page }
  return {
    "a page of findings": (database) => listFindings(database, { sort: "targets", ...page }),
    "the finding with the most attackers": (database) => findingById(database, id, pages),
    "the credentials of the busiest attacker": (database) =>
      listCredentials(database, { sort: "last-seen", attacker: busiest?.ip, ...page }),
    "a page of attackers": (database) => listAttackers(database, { sort: "attempts", ...page }),
  }
}

const timed = (work: () => unknown): number => {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

await Effect.gen(function* () {
  const readModel = yield* ReadModel
  const database = yield* readModel.attempt("query the read models", (opened) => opened)
  const events = yield* EventLog
  const startedAt = performance.now()
  yield* project(readModelSink(readModel, reuseProjection("silent")), {
    onPoison: "stop",
    until: "caught-up",
    batchSize: projectionBatch,
  })
  const replay = (performance.now() - startedAt) / 2
  const count = database.prepare<[], number>("SELECT max(ordinal) FROM folded").pluck().get() ?? 0
  // The middle, and half a block into a block, so that what is measured is neither best nor worst.
  const place = Math.floor(count / 2) + (count > blockSize ? blockSize / 2 : 0)
  const middle = events.parsePosition(String(place))
  if (middle === undefined) throw new Error("the log does not count its events")
  const cut = cutAtPosition(database, middle)
  const seen = database
    .prepare<[number], number>("SELECT observed_at FROM folded WHERE ordinal = ?")
    .pluck()
    .get(place)
  const seenThen = cutAtEventTime(timestampFromMicros(seen ?? 0))
  const questions = Object.entries(questionsAbout(database)).map(([question, ask]) => {
    const now: Array<number> = []
    const position: Array<number> = []
    const eventTime: Array<number> = []
    for (let index = 0; index < Number(asked); index++) {
      now.push(timed(() => ask(database)))
      position.push(timed(() => asOf(database, cut, ask)))
      eventTime.push(timed(() => asOf(database, seenThen, ask)))
    }
    return { question, now, position, eventTime }
  })
  const answers: Answers = { replay, questions }
  console.log(JSON.stringify(answers))
}).pipe(
  Effect.provide(
    Layer.merge(
      layerEmbedded({ file: log, mode: "read-only" }),
      ReadModel.layer({ file, mode: "read-write" }),
    ),
  ),
  Effect.runPromise,
)
