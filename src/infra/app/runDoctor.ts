import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { bindToLog, LogMismatch } from "../eventlog/dataDirectory.ts"
import type { EventLog } from "../eventlog/EventLog.ts"
import { LogPlace } from "../eventlog/LogPlace.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import type { SecretKeys } from "../secrets/SecretKeys.ts"
import type { VectorStore, VectorStoreUnavailable } from "../vectorstore/VectorStore.ts"
import type { VectorStoreMisconfigured } from "../vectorstore/vectorStoreSettings.ts"
import type { Answer } from "./Answer.ts"
import { type Check, ok, problem, unknown } from "./doctor/Check.ts"
import { examineData } from "./doctor/examineData.ts"
import { foldingCheck } from "./doctor/foldingCheck.ts"
import { keyCheck } from "./doctor/keyCheck.ts"
import { examineServer } from "./doctor/server/examineServer.ts"
import { unusableVectors, vectorCheck } from "./doctor/vectorCheck.ts"

/** What is looked at, and what is opened for that, read-only: that it cannot be is a result too. */
export interface Examined<E, R> {
  readonly data: string
  readonly log: Layer.Layer<EventLog, E, R>
  readonly readModels: Layer.Layer<EventLog | ReadModel, unknown, R>
  readonly keys: Layer.Layer<SecretKeys, never, R>
  readonly vectors: Layer.Layer<VectorStore, VectorStoreUnavailable | VectorStoreMisconfigured, R>
}

/** What an examination has shown. */
export interface Examination {
  readonly findings: ReadonlyArray<Check>
  readonly problems: number
  readonly warnings: number
}

/** Looks at what credtrail needs, and changes nothing. */
export const runDoctor = Effect.fn("runDoctor")(function* <E, R>(
  examined: Examined<E, R>,
): Effect.fn.Return<Answer<Examination>, E, LogPlace | R> {
  const { data } = examined
  const place = yield* LogPlace
  const own = yield* Effect.sync(() => examineData(data, place.kind === "embedded"))
  const isThere = !own.some(
    ({ check, verdict }) => verdict === "problem" && ["data directory", "log"].includes(check),
  )
  const onLog = Effect.gen(function* () {
    const server = place.kind === "embedded" ? [] : yield* examineServer(place.settings)
    const answers = server.every(({ check, verdict }) => check !== "server" || verdict === "ok")
    return { server, data: isThere && answers ? yield* examineBesideLog(examined) : [] }
  }).pipe(Effect.provide(examined.log))
  const told = place.kind === "embedded" && !isThere ? { server: [], data: [] } : yield* onLog
  const findings = [nodeCheck(process.version), ...told.server, ...own, ...told.data]
  const counted = (verdict: Check["verdict"]): number =>
    findings.filter((check) => check.verdict === verdict).length
  return {
    answer: { findings, problems: counted("problem"), warnings: counted("warning") },
    warnings: [],
  }
})

/** What is in the data directory beside the log, held against it. */
const examineBesideLog = Effect.fnUntraced(function* <E, R>({
  data,
  readModels,
  keys,
  vectors,
}: Examined<E, R>) {
  const binding = yield* bindingCheck(data, readModels)
  // Where they cannot be opened, or the log not be asked, another check says why.
  const folding = yield* Effect.option(foldingCheck.pipe(Effect.provide(readModels)))
  const vector = yield* vectorCheck.pipe(
    Effect.provide(vectors),
    Effect.catchTag(["VectorStoreUnavailable", "VectorStoreMisconfigured"], (error) =>
      Effect.succeed(unusableVectors(error)),
    ),
  )
  const key = yield* keyCheck.pipe(Effect.provide(keys))
  return [binding, key, ...Option.toArray(folding), vector]
})

const belongs = "belongs to log"

/** Whether what is in the data directory was made from this log. */
const bindingCheck = <E, R>(
  data: string,
  readModels: Examined<E, R>["readModels"],
): Effect.Effect<Check, never, EventLog | R> =>
  Effect.scoped(bindToLog(data, "read-only")).pipe(
    // Other reasons why read models cannot be opened are reported by another check.
    Effect.tap(
      Effect.asVoid(ReadModel).pipe(
        Effect.provide(readModels),
        Effect.catch((error) => (error instanceof LogMismatch ? Effect.fail(error) : Effect.void)),
      ),
    ),
    Effect.map((away) =>
      away === undefined
        ? ok(belongs, "the data directory was made from this log, or is new")
        : unknown(belongs, `the log cannot be asked: ${away}`),
    ),
    Effect.catchTag("LogMismatch", ({ reason, remedy }) =>
      Effect.succeed(problem(belongs, reason, remedy)),
    ),
    Effect.catchTag("EventLogUnavailable", ({ message }) =>
      Effect.succeed(unknown(belongs, `the log cannot be asked: ${message}`)),
    ),
  )

// The Node.js that credtrail is tested on comes with it; an older one crashes in better-sqlite3.
const oldestNode = 22

/** Whether a version of Node.js is one that credtrail runs on. */
export const nodeCheck = (version: string): Check =>
  Number.parseInt(version.replace(/^v/, ""), 10) >= oldestNode
    ? ok("node", `Node.js ${version}`)
    : problem(
        "node",
        `Node.js ${version} is too old`,
        "start bin/credtrail, which runs on the Node.js that npm ci has installed",
      )
