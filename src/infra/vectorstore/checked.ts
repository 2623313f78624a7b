import * as Effect from "effect/Effect"
import type { Metric } from "../../domain/session/fingerprint.ts"
import type { VectorRecord } from "../../projections/vectors/vectorsProjection.ts"
import { type KnnQuery, type VectorQuery, VectorRefused } from "./VectorStore.ts"

/** What the first vector of a kind has decided. */
export interface Shape {
  readonly metric: Metric
  readonly dimension: number
}

/** A record that may be kept, its vector copied. */
export interface CheckedRecord extends VectorRecord {
  readonly vector: Float32Array
}

/** Works on vectors in memory; a {@link VectorRefused} that is thrown is the failure. */
export const refusing = <A>(work: () => A): Effect.Effect<A, VectorRefused> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(work())
    } catch (thrown) {
      return thrown instanceof VectorRefused ? Effect.fail(thrown) : Effect.die(thrown)
    }
  })

/** The most dimensions that sqlite-vec can keep, and so the most that any layer takes. */
const mostDimensions = 8192
const mostIdCharacters = 512

const kindPattern = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
const controls = /\p{Cc}/u

/** Throws {@link VectorRefused} where (kind, id) is not a name that anything may be kept under. */
export const checkName = (kind: string, id: string | null): void => {
  if (!kindPattern.test(kind)) {
    throw refusal(
      kind,
      id,
      "a kind is 1 to 64 ASCII letters, digits, dots, hyphens and underscores, beginning with a letter",
    )
  }
  if (id === null) return
  if (id === "" || id.length > mostIdCharacters || controls.test(id) || !id.isWellFormed()) {
    throw refusal(
      kind,
      id,
      `an id is 1 to ${mostIdCharacters} characters, without control characters and halves of surrogate pairs`,
    )
  }
}

/**
 * The records as they may be kept, or {@link VectorRefused} thrown for the first that may not.
 * `shapeOf` tells what a kind has decided so far; one that is new is decided by its first record.
 */
export const checkRecords = (
  records: ReadonlyArray<VectorRecord>,
  shapeOf: (kind: string) => Shape | undefined,
): ReadonlyArray<CheckedRecord> => records.map(makeRecordCheck(shapeOf))

/** The same record by record: one that is refused decides nothing. */
const makeRecordCheck = (
  shapeOf: (kind: string) => Shape | undefined,
): ((record: VectorRecord) => CheckedRecord) => {
  const shapes = new Map<string, Shape>()
  return ({ kind, id, version, metric, vector }) => {
    checkName(kind, id)
    checkVersion(kind, id, version)
    if (metric !== "l2" && metric !== "cosine") {
      throw refusal(kind, id, `there is no metric "${metric}": there are l2 and cosine`)
    }
    const shape = shapes.get(kind) ?? shapeOf(kind) ?? { metric, dimension: vector.length }
    if (metric !== shape.metric) {
      throw refusal(kind, id, `the metric of this kind is ${shape.metric}, not ${metric}`)
    }
    const checked = { kind, id, version, metric, vector: checkVector(kind, id, vector, shape) }
    shapes.set(kind, shape)
    return checked
  }
}

/** The records that a transaction is going to keep. */
export class PendingRecords {
  readonly records: Array<CheckedRecord> = []
  readonly #check: (record: VectorRecord) => CheckedRecord

  constructor(shapeOf: (kind: string) => Shape | undefined) {
    this.#check = makeRecordCheck(shapeOf)
  }

  /** Takes a record, or returns why it is refused. */
  put(record: VectorRecord): string | undefined {
    try {
      this.records.push(this.#check(record))
      return undefined
    } catch (thrown) {
      if (thrown instanceof VectorRefused) return thrown.message
      throw thrown
    }
  }
}

/** The vector of a query, or {@link VectorRefused}. Where the kind is unknown any vector will do. */
export const checkKnn = (query: KnnQuery, shape: Shape | undefined): Float32Array => {
  const { kind, k } = query
  const vector = checkQuery(query, shape)
  if (!Number.isSafeInteger(k) || k < 1) {
    throw refusal(kind, null, `k is ${k}: ask for a whole number of neighbours, at least 1`)
  }
  return vector
}

/** As {@link checkKnn}, without a `k`. */
export const checkQuery = (query: VectorQuery, shape: Shape | undefined): Float32Array => {
  const { kind, version, vector } = query
  checkName(kind, null)
  checkVersion(kind, null, version)
  return checkVector(kind, null, vector, shape ?? { metric: "l2", dimension: vector.length })
}

const checkVersion = (kind: string, id: string | null, version: number): void => {
  if (Number.isSafeInteger(version) && version >= 1) return
  throw refusal(kind, id, `the extractor version is ${version}: it is a whole number from 1`)
}

const checkVector = (
  kind: string,
  id: string | null,
  given: ArrayLike<number>,
  { metric, dimension }: Shape,
): Float32Array => {
  if (given.length !== dimension) {
    throw refusal(kind, id, `it has ${given.length} dimensions, this kind has ${dimension}`)
  }
  if (dimension < 1 || dimension > mostDimensions) {
    throw refusal(kind, id, `it has ${dimension} dimensions: 1 to ${mostDimensions} can be kept`)
  }
  const vector = new Float32Array(given)
  // Anything that is not finite makes it NaN, which is not 0 either.
  let sum = 0
  for (let index = 0; index < dimension; index++) sum += (vector[index] ?? 0) * 0
  if (sum !== 0) {
    const index = vector.findIndex((value) => !Number.isFinite(value))
    throw refusal(kind, id, `number ${index + 1} is ${given[index]}: not a finite 32-bit float`)
  }
  if (metric === "cosine" && vector.every((value) => value === 0)) {
    throw refusal(kind, id, "all its numbers are zero: it has no direction, which cosine compares")
  }
  return vector
}

const refusal = (kind: string, id: string | null, reason: string): VectorRefused =>
  new VectorRefused({ kind, id, reason })
