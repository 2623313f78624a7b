import { nothing, type ParsedRecord, type RecordParser, rejected } from "./SourceAdapter.ts"
import type { JsonObject, SourceRecord } from "./SourceRecord.ts"

/** The parser of a format whose records are JSON objects that say everything by themselves. */
export const objectParser = (
  parse: (object: JsonObject, record: SourceRecord) => ParsedRecord,
): RecordParser => ({
  startFile: () => {},
  parse: (record) => {
    if (record.isBlank) return nothing
    const { object } = record
    return typeof object === "string" ? rejected(object) : parse(object, record)
  },
  endFile: () => undefined,
})
