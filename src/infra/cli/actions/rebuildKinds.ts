import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { forgetOtherLog } from "../../vectorstore/ownLog.ts"
import { catchUpVectors } from "../../vectorstore/projectVectors.ts"
import { rebuildVectors } from "../../vectorstore/rebuildVectors.ts"
import { VectorStore } from "../../vectorstore/VectorStore.ts"
import { countText } from "../render/countText.ts"
import { jsonText } from "../render/jsonText.ts"
import { table } from "../render/table.ts"
import { Storage } from "../Storage.ts"
import { NotFound, UsageError } from "../UsageError.ts"

export const rebuildKinds = Effect.fn("rebuildKinds")(function* (input: {
  readonly data: string
  readonly kind: string | undefined
  readonly json: boolean
}) {
  const storage = yield* Storage
  const rebuilt = yield* Effect.gen(function* () {
    const { backend } = yield* (yield* VectorStore).health
    if (backend !== "sqlite-vec") {
      return yield* new UsageError({
        message: `the vector store is ${backend}, which keeps nothing that could be rebuilt`,
      })
    }
    if (input.kind === undefined) yield* forgetOtherLog
    yield* catchUpVectors("skip")
    return yield* rebuildVectors(input.kind)
  }).pipe(
    Effect.provide(storage.openVectors(input.data, "read-write")),
    // The log is read alone.
    Effect.provide(storage.open(input.data, "read-only")),
  )
  if (input.kind !== undefined && rebuilt.length === 0) {
    return yield* new NotFound({
      message: `there are no vectors of kind "${input.kind}", in the store or in the log`,
    })
  }
  yield* Console.log(input.json ? jsonText({ rebuilt }, 2) : rebuiltText(rebuilt))
})

const rebuiltText = (
  rebuilt: ReadonlyArray<{ readonly kind: string; readonly fingerprints: number }>,
): string =>
  rebuilt.length === 0
    ? "there are no fingerprints in the log"
    : [
        table(
          ["KIND", { title: "FINGERPRINTS", align: "right" }],
          rebuilt.map(({ kind, fingerprints }) => [kind, String(fingerprints)]),
        ),
        "",
        `${countText(rebuilt.length, "kind")} made anew`,
      ].join("\n")
