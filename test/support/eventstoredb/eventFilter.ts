import type persistent from "@eventstore/db-client/generated/persistent_pb.js"
import type streams from "@eventstore/db-client/generated/streams_pb.js"
import type { LogRecord } from "./LogRecord.ts"

/** Which records a reader wants, and after how many looked at it is told how far the filter is. */
export interface EventFilter {
  readonly wants: (record: LogRecord) => boolean
  /** `undefined` without a filter: then there are no checkpoints. */
  readonly checkpointEvery: number | undefined
}

const defaultWindow = 32

/** The filter of a request: by the name of the stream or by type, by prefixes or a pattern. */
export const eventFilter = (
  filter:
    | streams.ReadReq.Options.FilterOptions
    | persistent.CreateReq.AllOptions.FilterOptions
    | undefined,
): EventFilter => {
  if (filter === undefined) return { wants: () => true, checkpointEvery: undefined }
  const byType = filter.getEventType()
  const expression = byType ?? filter.getStreamIdentifier()
  const pattern = expression?.getRegex() ?? ""
  const regex = pattern === "" ? undefined : new RegExp(pattern)
  const prefixes = expression?.getPrefixList() ?? []
  const window = filter.hasMax() ? filter.getMax() : defaultWindow
  return {
    wants: (record) => {
      const text = byType === undefined ? record.stream : record.type
      return regex?.test(text) ?? prefixes.some((prefix) => text.startsWith(prefix))
    },
    checkpointEvery: window * Math.max(1, filter.getCheckpointintervalmultiplier()),
  }
}
