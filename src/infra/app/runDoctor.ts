import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { doctorText } from "../cli/render/doctorText.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { belongingFinding } from "./doctor/belongingFinding.ts"
import { examineData } from "./doctor/examineData.ts"
import type { Finding } from "./doctor/Finding.ts"
import { foldingFinding } from "./doctor/foldingFinding.ts"
import { nodeFinding } from "./doctor/nodeFinding.ts"
import { examineServer } from "./doctor/server/examineServer.ts"
import { unusableVectors, vectorFinding } from "./doctor/vectorFinding.ts"
import { Storage } from "./Storage.ts"

/** Something keeps credtrail from working; what that is has been printed. */
export class ProblemsFound extends Schema.TaggedError<ProblemsFound>()("ProblemsFound", {
  count: Schema.Int,
}) {
  override get message(): string {
    return this.count === 1 ? "there is a problem" : `there are ${this.count} problems`
  }
}

/** The answer of `credtrail doctor --json`. */
export interface Examination {
  readonly findings: ReadonlyArray<Finding>
  readonly problems: number
  readonly warnings: number
}

/** Looks at what credtrail needs, changes nothing, and fails where something is a problem. */
export const runDoctor = Effect.fn("runDoctor")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const { data } = input
  const storage = yield* Storage
  const place = storage.place(data)
  const own = yield* Effect.sync(() => examineData(data, place.kind === "embedded"))
  const isThere = !own.some(
    ({ check, verdict }) => verdict === "problem" && ["data directory", "log"].includes(check),
  )
  const onLog = Effect.gen(function* () {
    const server = place.kind === "embedded" ? [] : yield* examineServer(place.settings)
    const answers = server.every(({ check, verdict }) => check !== "server" || verdict === "ok")
    return { server, data: isThere && answers ? yield* examineBelonging(data) : [] }
  }).pipe(Effect.provide(storage.openLog(place, "read-only")))
  const told = place.kind === "embedded" && !isThere ? { server: [], data: [] } : yield* onLog
  const findings = [nodeFinding(process.version), ...told.server, ...own, ...told.data]
  const counted = (verdict: Finding["verdict"]): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  const examination: Examination = {
    findings,
    problems: counted("problem"),
    warnings: counted("warning"),
  }
  yield* Console.log(input.json ? jsonText(examination, 2) : doctorText(findings))
  if (examination.problems > 0) return yield* new ProblemsFound({ count: examination.problems })
})

/** What is in the data directory beside the log, held against it. */
const examineBelonging = Effect.fnUntraced(function* (data: string) {
  const storage = yield* Storage
  const vectors = vectorFinding.pipe(
    Effect.provide(storage.openVectors(data, "read-only")),
    Effect.catchTag(["VectorStoreUnavailable", "VectorStoreMisconfigured"], (error) =>
      Effect.succeed(unusableVectors(error)),
    ),
  )
  // Where they cannot be opened, or the log not be asked, another check says why.
  const folding = foldingFinding.pipe(
    Effect.provide(storage.open(data, "read-only")),
    Effect.option,
  )
  return [yield* belongingFinding(data), ...Option.toArray(yield* folding), yield* vectors]
})
