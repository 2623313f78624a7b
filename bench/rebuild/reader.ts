import * as Effect from "effect/Effect"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { layerCurrent } from "../../src/infra/readmodel/rebuild/currentReadModel.ts"
import { findingById } from "../../src/projections/queries/findingById.ts"
import { listFindings } from "../../src/projections/queries/listFindings.ts"

/** Milliseconds that answers took. */
export interface Answered {
  readonly answers: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

// Asks for a page of findings and for one of them, a hundred times a second, of whichever
// generation is current. Ends with SIGTERM, printing what the answers took. Argument: the data directory.
const [data = ""] = process.argv.slice(2)
const page = { limit: 25, offset: 0 }
const warmUp = 100
const taken: Array<number> = []

process.on("SIGTERM", () => {
  const sorted = taken.slice(warmUp).toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  const max = sorted.at(-1) ?? Number.NaN
  const answered: Answered = { answers: sorted.length, p50: at(0.5), p99: at(0.99), max }
  console.log(JSON.stringify(answered))
  process.exit(0)
})

const ask = ReadModel.use(({ attempt }) =>
  attempt("query the read models", (database) => {
    const { findings } = listFindings(database, { sort: "targets", ...page })
    const [finding] = findings
    if (finding === undefined) throw new Error("there are no findings to ask for")
    findingById(database, finding.id, { targets: page, attackers: page, history: page })
  }),
)

await Effect.gen(function* () {
  yield* ask
  console.log("ready")
  while (true) {
    const startedAt = performance.now()
    yield* ask
    taken.push(performance.now() - startedAt)
    yield* Effect.sleep("10 millis")
  }
}).pipe(Effect.provide(layerCurrent({ data, mode: "read-only" })), Effect.runPromise)
