import type { KnnQuery, Neighbour } from "../../../../src/infra/vectorstore/VectorStore.ts"
import type { VectorRecord } from "../../../../src/projections/vectors/vectorsProjection.ts"

/** What a vector store is to answer, said as simply as can be; for whole numbers it is exact. */
export class NaiveVectors {
  readonly records = new Map<string, VectorRecord>()

  insert(record: VectorRecord): void {
    this.records.set(`${record.kind}/${record.id}`, record)
  }

  delete(kind: string, id: string): boolean {
    return this.records.delete(`${kind}/${id}`)
  }

  get(kind: string, id: string): VectorRecord | undefined {
    return this.records.get(`${kind}/${id}`)
  }

  knn({ kind, version, vector, k }: KnnQuery): ReadonlyArray<Neighbour> {
    return [...this.records.values()]
      .filter((record) => record.kind === kind && record.version === version)
      .map((record) => ({ id: record.id, distance: away(record, Array.from(vector)) }))
      .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
      .slice(0, k)
  }
}

const away = ({ metric, vector }: VectorRecord, from: ReadonlyArray<number>): number => {
  const to = Array.from(vector)
  const product = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  if (metric === "cosine") {
    return Math.max(0, 1 - product(to, from) / Math.sqrt(product(to, to) * product(from, from)))
  }
  const apart = to.map((value, index) => value - (from[index] ?? 0))
  return Math.sqrt(product(apart, apart))
}
