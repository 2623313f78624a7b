import * as Effect from "effect/Effect"
import type { ZoneCorrection } from "../../domain/event/timestamp.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { SecretVault } from "../secrets/SecretVault.ts"
import { RecordReader } from "../sources/RecordReader.ts"
import { CaptureBuffer } from "./CaptureBuffer.ts"
import { Claims } from "./Claims.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import { type DigestOfStretch, IngestStore, type IngestStoreUnavailable } from "./IngestStore.ts"
import { openSessionMemory } from "./OpenSessions.ts"
import { makeSourceWriter, type ReadPart, type SourceWriter } from "./SourceWriter.ts"
import type { Source } from "./source.ts"

/** Told where reading has come to, each time something has been written. */
export type OnWritten = (file: string, captures: number) => void

/** One source being ingested: its stream's revision, its parsers, and what is not written yet. */
export interface SourceIngest {
  readonly source: Source
  readonly progress: IngestProgress
  readonly buffer: CaptureBuffer
  readonly write: SourceWriter
  /** The files of which something is in the buffer, or that have been read and are not recorded. */
  readonly unwritten: Set<ReadPart>
  readonly onWritten: OnWritten
  /** The records of the files that are being read, or were read in this run. */
  readonly claims: Claims
  readonly digestOfStretch: DigestOfStretch
  /** The reader of a file. Where one file says something of another, they share a parser. */
  readonly readerOfFile: () => RecordReader
}

export const startSource = Effect.fnUntraced(function* (
  source: Source,
  zone: ZoneCorrection,
  progress: IngestProgress,
  onWritten: OnWritten,
): Effect.fn.Return<
  SourceIngest,
  EventLogUnavailable | IngestStoreUnavailable,
  EventLog | IngestStore | SecretVault
> {
  const { parser, parserPerFile } = source.adapter
  const store = yield* IngestStore
  const vault = yield* SecretVault
  const shared = parser({ zone })
  return {
    source,
    progress,
    buffer: new CaptureBuffer(
      source,
      progress,
      yield* store.openSessions(source.name),
      yield* openSessionMemory,
      vault,
    ),
    write: yield* makeSourceWriter(source, progress),
    unwritten: new Set(),
    onWritten,
    claims: new Claims(),
    digestOfStretch: vault.digestOfStretch,
    readerOfFile: () =>
      new RecordReader(source.adapter, parserPerFile === true ? parser({ zone }) : shared),
  }
})
