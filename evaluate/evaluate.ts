import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { extractors } from "../src/domain/session/extractors.ts"
import { vectorFromText } from "../src/domain/session/vectorText.ts"
import { layerSqliteVec } from "../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../src/infra/vectorstore/VectorStore.ts"
import type { VectorRecord } from "../src/projections/vectors/vectorsProjection.ts"
import { defaultList } from "./defaultList.ts"
import { type Measured, measure } from "./measure.ts"
import { rankingByAll, rankingByKind } from "./neighbours.ts"
import { type EvaluatedSession, readSessions } from "./readSessions.ts"
import { pairsOfMany, type Strangers, strangersWith } from "./strangers.ts"

/** What came out of an evaluation. */
export interface Evaluation {
  readonly sessions: number
  readonly seconds: number
  readonly indexSeconds: number
  /** The most memory the process has taken until all was indexed, in bytes. */
  readonly memory: number
  readonly vectors: Readonly<Record<string, number>>
  /** How many sessions install each of the keys that more than one session installs. */
  readonly labels: ReadonlyArray<number>
  /** Among sessions with three commands or more: per kind, and `fused`. */
  readonly scripted: Readonly<Record<string, Measured>>
  /** The same among all sessions that have a vector of the kind. */
  readonly all: Readonly<Record<string, Measured>>
  readonly defaults: Strangers
  readonly popular: Strangers
}

const leastCommands = 3
const manyAddresses = 10

/** Evaluates the fingerprints on the logs in a directory. */
export const evaluate = async (directory: string): Promise<Evaluation> => {
  const began = performance.now()
  const records: Array<VectorRecord> = []
  const byId = await readSessions(directory, (session, fingerprint) => {
    const { kind, extractorVersion, metric, vectorId } = fingerprint
    const vector = vectorFromText(fingerprint.vector)
    if (vector === undefined || session.vectors.has(kind)) return
    session.vectors.set(kind, vector)
    records.push({ kind, id: vectorId, version: extractorVersion, metric, vector })
  })
  const read = performance.now()
  await index(records)
  const indexed = performance.now()
  const memory = process.resourceUsage().maxRSS * 1024

  const sessions = [...byId.values()]
  const store = sessions.filter(({ vectors }) => vectors.size > 0)
  const isScripted = ({ commands }: EvaluatedSession) => commands >= leastCommands
  const fused = rankingByAll(store)
  const measured = (isAsked: (session: EvaluatedSession) => boolean) =>
    Object.fromEntries([
      ...extractors.map(({ kind }) => [
        kind,
        measure(store, (one) => isAsked(one) && one.vectors.has(kind), rankingByKind(kind)),
      ]),
      ["fused", measure(store, isAsked, fused)],
    ])
  const popular = pairsOfMany(sessions, manyAddresses)
  return {
    sessions: sessions.length,
    seconds: (read - began) / 1000,
    indexSeconds: (indexed - read) / 1000,
    memory,
    vectors: Object.fromEntries(
      extractors.map(({ kind }) => [kind, store.filter((one) => one.vectors.has(kind)).length]),
    ),
    labels: sizesOf(sessions),
    scripted: measured(isScripted),
    all: measured(() => true),
    defaults: strangersWith(sessions, (pair) => defaultList.has(pair)),
    popular: strangersWith(sessions, (pair) => popular.has(pair)),
  }
}

const sizesOf = (sessions: ReadonlyArray<EvaluatedSession>): ReadonlyArray<number> => {
  const sizes = new Map<string, number>()
  for (const { label } of sessions) {
    if (label !== undefined) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  }
  return [...sizes.values()].filter((size) => size > 1).sort((a, b) => b - a)
}

const together = 1000

const index = async (records: ReadonlyArray<VectorRecord>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), "credtrail-evaluate-"))
  try {
    await Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* VectorStore
        for (let start = 0; start < records.length; start += together) {
          yield* store.insertMany(records.slice(start, start + together))
        }
      }).pipe(
        Effect.provide(
          layerSqliteVec({ file: join(directory, "vectors.sqlite"), mode: "read-write" }),
        ),
      ),
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
