import { readFile } from "node:fs/promises"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { neighboursTable } from "../cli/render/vectorsText.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import { askVectors } from "./askVectors.ts"
import { NotFound, UsageError } from "./UsageError.ts"

export const findNearest = Effect.fn("findNearest")(function* (input: {
  readonly data: string
  readonly kind: string
  readonly vector: string
  readonly k: number
  readonly extractor: number | undefined
  readonly json: boolean
}) {
  const { kind, k } = input
  const vector = yield* vectorIn(input.vector)
  const answer = yield* askVectors(
    input.data,
    Effect.gen(function* () {
      const store = yield* VectorStore
      const kinds = yield* store.kinds
      const known = kinds.find((one) => one.kind === kind)
      if (known === undefined) {
        const names = kinds.map((one) => one.kind).join(", ")
        return yield* new NotFound({
          message: `there are no vectors of kind "${kind}": ${names === "" ? "the store is empty" : `there are ${names}`}`,
        })
      }
      const extractorVersion = input.extractor ?? known.versions.at(-1)?.version ?? 1
      const neighbours = yield* store.knn({ kind, version: extractorVersion, vector, k })
      return { kind, extractorVersion, neighbours }
    }),
  )
  yield* Console.log(input.json ? jsonText(answer, 2) : neighboursTable(answer.neighbours))
})

const vectorIn = Effect.fnUntraced(function* (
  file: string,
): Effect.fn.Return<ReadonlyArray<number>, UsageError> {
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) =>
      new UsageError({
        message: `cannot read the vector in ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      }),
  })
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => notNumbers(file),
  })
  if (!Array.isArray(value) || !value.every((one) => typeof one === "number")) {
    return yield* notNumbers(file)
  }
  return value
})

const notNumbers = (file: string): UsageError =>
  new UsageError({ message: `${file} holds no vector: it is to be a JSON array of numbers` })
