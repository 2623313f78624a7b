import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { pageText } from "../cli/render/pageText.ts"
import { table } from "../cli/render/table.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { IngestStore } from "../ingest/IngestStore.ts"
import { Storage } from "./Storage.ts"

/** Lists the lines that were not understood. Their content may hold secrets, so it is masked too. */
export const showRejects = Effect.fn("showRejects")(function* (input: {
  readonly data: string
  readonly limit: number
  readonly offset: number
  readonly json: boolean
  readonly reveal: boolean
}) {
  const storage = yield* Storage
  const { total, rejects } = yield* Effect.gen(function* () {
    const store = yield* IngestStore
    const counts = yield* store.rejectCounts
    return {
      total: counts.reduce((sum, { count }) => sum + count, 0),
      rejects: yield* store.rejects(input.limit, input.offset),
    }
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  if (input.json) {
    const rows = rejects.map(({ bytes, ...reject }) => ({
      ...reject,
      ...(input.reveal ? { base64: Buffer.from(bytes).toString("base64") } : {}),
    }))
    return yield* Console.log(jsonText({ total, rejects: rows }, 2))
  }
  if (total === 0) return yield* Console.log("no rejected lines")
  const rows = table(
    [
      { title: "FILE", flexible: true },
      { title: "LINE", align: "right" },
      { title: "REASON" },
      { title: "BYTES", align: "right" },
      ...(input.reveal ? [{ title: "CONTENT", flexible: true }] : []),
    ],
    rejects.map(({ file, line, reason, length, bytes }) => [
      file,
      String(line),
      reason,
      String(length),
      ...(input.reveal ? [Buffer.from(bytes).toString("utf8")] : []),
    ]),
    terminalWidth(),
  )
  yield* Console.log(`${rows}\n\n${pageText(input.offset, rejects.length, total)}`)
})
