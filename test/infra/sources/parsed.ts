import type { CaptureDraft, SourceAdapter } from "../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../src/infra/sources/SourceRecord.ts"

/** A record as a test writes it: a line, or what its JSON says. */
type Written = string | Readonly<Record<string, unknown>>

/** Reads records with a new parser of an adapter, whose times without a zone are in UTC. */
const parsedBy = (adapter: SourceAdapter, records: ReadonlyArray<Written>) => {
  const parser = adapter.parser({ zone: () => 0 })
  parser.startFile()
  return records.map((record) =>
    parser.parse(
      SourceRecord.of(Buffer.from(typeof record === "string" ? record : JSON.stringify(record))),
    ),
  )
}

/** The captures of records, all of which are understood; secrets as text. */
export const capturesOf = (adapter: SourceAdapter, ...records: ReadonlyArray<Written>) =>
  parsedBy(adapter, records).flatMap((parsed) => {
    if ("rejected" in parsed) throw new Error(parsed.rejected)
    return parsed.captures.map(withText)
  })

/** What each record came to: why it is rejected, or how many captures it holds. */
export const outcomesOf = (adapter: SourceAdapter, ...records: ReadonlyArray<Written>) =>
  parsedBy(adapter, records).map((parsed) =>
    "rejected" in parsed ? parsed.rejected : parsed.captures.length,
  )

/** What records say of sessions. */
export const sessionsOf = (adapter: SourceAdapter, ...records: ReadonlyArray<Written>) =>
  parsedBy(adapter, records).flatMap((parsed) =>
    "rejected" in parsed || parsed.session === undefined ? [] : [parsed.session],
  )

const withText = ({ secret, ...draft }: CaptureDraft) => ({
  ...draft,
  secret: secret === null ? null : [secret.kind, Buffer.from(secret.bytes).toString("utf8")],
})
