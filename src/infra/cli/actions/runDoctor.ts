import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { examineData } from "../../doctor/examineData.ts"
import type { Finding } from "../../doctor/Finding.ts"
import { nodeFinding } from "../../doctor/nodeFinding.ts"
import { serverFinding } from "../../doctor/serverFinding.ts"
import { eventStoreOf } from "../eventStoreOf.ts"
import { doctorText } from "../render/doctorText.ts"
import { jsonText } from "../render/jsonText.ts"
import { Storage } from "../Storage.ts"

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
  readonly eventstore: string | undefined
  readonly json: boolean
}) {
  const { data, eventstore } = input
  const findings = [
    nodeFinding(process.version),
    ...(eventstore === undefined ? [] : [yield* examineServer(eventstore)]),
    ...(yield* Effect.sync(() => examineData(data, eventstore === undefined))),
  ]
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

const examineServer = Effect.fnUntraced(function* (url: string) {
  const storage = yield* Storage
  const settings = yield* eventStoreOf(url)
  return yield* serverFinding.pipe(
    Effect.provide(storage.openLog({ kind: "eventstore", settings }, "read-only")),
  )
})
