import { distance } from "../../../domain/session/distance.ts"
import { ExactIndex } from "../fake/ExactIndex.ts"
import { Nearest } from "../Nearest.ts"
import type { Neighbour } from "../VectorStore.ts"
import { isExtreme, type KindRow, type KindTables } from "./KindTables.ts"

/** After so many searches of a kind that has not changed, it is read into memory. */
const searchesBeforeReading = 16

/** For more neighbours than this sqlite-vec is slow: its time grows with their square. */
const mostFromFile = 64

interface Remembered {
  readonly revision: number
  searches: number
  index?: ExactIndex
}

/**
 * Exact search of a store's file. sqlite-vec reckons with 32 bits and leaves open which of the
 * equally near it gives, so what it finds is reckoned again, and where it may have left out
 * something that belongs in, or when a kind is searched often, the kind is searched in memory.
 */
export const makeSqliteVecSearch = (tables: KindTables) => {
  const remembered = new Map<string, Remembered>()

  const recall = (row: KindRow, version: number): Remembered => {
    const key = `${row.kindNo}/${version}`
    let memory = remembered.get(key)
    if (memory?.revision !== row.revision) {
      memory = { revision: row.revision, searches: 0 }
      remembered.set(key, memory)
    }
    return memory
  }

  const inMemory = (row: KindRow, version: number): ExactIndex => {
    const memory = recall(row, version)
    memory.index ??= readIndex(tables, row, version)
    return memory.index
  }

  const nearest = (
    row: KindRow,
    version: number,
    vector: Float32Array,
    k: number,
  ): ReadonlyArray<Neighbour> => {
    const memory = recall(row, version)
    memory.searches++
    const isFromFile =
      memory.index === undefined && k <= mostFromFile && memory.searches <= searchesBeforeReading
    const found = isFromFile ? searchFile(tables, row, version, vector, k) : undefined
    return found ?? inMemory(row, version).nearest(vector, k)
  }

  return { nearest, inMemory }
}

const readIndex = (tables: KindTables, row: KindRow, version: number): ExactIndex => {
  const index = new ExactIndex(row.metric, row.dimension, tables.countOf(row, version) + 1)
  for (const [id, vector] of tables.all(row, version)) index.put(id, vector)
  return index
}

/** The `k` nearest by sqlite-vec; `undefined` where it cannot be sure of them. */
const searchFile = (
  tables: KindTables,
  row: KindRow,
  version: number,
  vector: Float32Array,
  k: number,
): ReadonlyArray<Neighbour> | undefined => {
  if (row.metric === "cosine" && (row.extreme !== 0 || isExtreme(vector))) return undefined
  // One more than asked for: it shows how far away all the others are at least.
  const found = tables.nearest(row, version, vector, k + 1)
  const nearest = new Nearest(k)
  for (const candidate of found) {
    nearest.offer(candidate.id, distance(row.metric, vector, candidate.vector))
  }
  const others = found.at(-1)?.about
  if (found.length === k + 1) {
    if (others === null || others === undefined) return undefined
    if (!(nearest.reach < leastDistance(row, others))) return undefined
  } else if (found.length !== tables.countOf(row, version)) return undefined
  return nearest.sorted()
}

/**
 * The least that a distance can be when sqlite-vec says it is `about`. Each step with 32 bits is
 * wrong by a 2^-24th part at most, and there are fewer than twice as many steps as dimensions.
 * Squares that are too small for 32 bits are lost altogether; those that are too great make it
 * infinite, which says nothing.
 */
const leastDistance = ({ metric, dimension }: KindRow, about: number): number => {
  if (!Number.isFinite(about)) return 0
  const error = (2 * dimension + 16) * 2 ** -24
  return metric === "l2"
    ? Math.sqrt(Math.max(0, about * about * (1 - 2 * error) - dimension * 2 ** -125))
    : about - 4 * error
}
