import { type CheckedRecord, checkRecords } from "./checked.ts"
import type { KindTables } from "./sqliteVec/KindTables.ts"
import type { VectorRecord } from "./VectorStore.ts"

/** Keeps vectors in the tables of their kinds; throws `VectorRefused`, all of them being kept or none. */
export const keepIn = (tables: KindTables, records: ReadonlyArray<VectorRecord>): void => {
  const checked = checkRecords(records, (kind) => tables.find(kind))
  const byKind = Map.groupBy(checked, (record) => record.kind)
  for (const [kind, ofKind] of byKind) {
    const [{ metric, vector }] = ofKind as [CheckedRecord] // a group has at least one
    const row = tables.find(kind) ?? tables.add(kind, { metric, dimension: vector.length })
    tables.put(row, ofKind)
  }
}
