import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ZoneCorrection } from "../../domain/event/timestamp.ts"
import { lengthClass, type Secret, type TriedSecret } from "../../domain/secret/secret.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import { RecordReader } from "../sources/RecordReader.ts"
import { CaptureBuffer, type VaultAtIngest } from "./CaptureBuffer.ts"
import { content } from "./content.ts"
import { splitterOf } from "./FileReading.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import { openSessionMemory } from "./OpenSessions.ts"
import { piecesOf } from "./piecesOf.ts"
import type { SourceUnreadable } from "./SourceUnreadable.ts"
import type { Source, SourceFile } from "./source.ts"

/** Receives the number of captures of a decky in a file. */
export type OnPreviewed = (file: SourceFile, decky: string, captures: number) => void

/** A preview stores nothing, so it needs no key. */
const noDigest = "0".repeat(64) as SecretDigest // it has the form of one
const unsealed = ({ kind, bytes }: TriedSecret): Secret => ({
  kind,
  digest: noDigest,
  lengthClass: lengthClass(bytes.length),
})

/**
 * Reads the files of a source as an ingest does, but only counts captures per decky. A file that cannot
 * be read is skipped and reported to `onUnreadable`.
 */
export const previewSource = Effect.fnUntraced(function* (
  source: Source,
  zone: ZoneCorrection,
  progress: IngestProgress,
  onPreviewed: OnPreviewed,
  onUnreadable: (error: SourceUnreadable) => void,
): Effect.fn.Return<void> {
  const { adapter } = source
  const memory = yield* openSessionMemory
  const vault: VaultAtIngest = {
    seal: unsealed,
    digestOf: () => noDigest,
    principalOf: (principal) => principal,
  }
  const buffer = new CaptureBuffer(source, progress, [], memory, vault)
  const shared = adapter.parser({ zone })
  for (const file of source.files) {
    const parser = adapter.parserPerFile === true ? adapter.parser({ zone }) : shared
    const reader = new RecordReader(adapter, parser)
    const splitter = splitterOf(source)
    const counts = new Map<string, number>()
    const count = (): void => {
      for (const { data } of buffer.events.splice(0)) {
        if ("decky" in data) counts.set(data.decky, (counts.get(data.decky) ?? 0) + 1)
      }
      buffer.rejects.length = 0
      buffer.fingerprints.length = 0
    }
    reader.startFile()
    yield* piecesOf(file.path, content(file)).pipe(
      Stream.runForEach((piece) =>
        Effect.sync(() => {
          for (const placed of splitter.push(piece)) buffer.take(reader, placed, file.path)
          count()
        }),
      ),
      Effect.catchTag("BrokenCompression", () => Effect.void),
      Effect.catchTag("SourceUnreadable", (error) => Effect.sync(() => onUnreadable(error))),
    )
    const rest = splitter.rest()
    for (const placed of rest) buffer.take(reader, placed, file.path)
    const last = { bytes: Buffer.alloc(0), line: splitter.lines, end: splitter.consumed, length: 0 }
    buffer.endFile(reader, rest.at(-1) ?? last, file.path)
    count()
    for (const [decky, captures] of counts) onPreviewed(file, decky, captures)
  }
  buffer.sessions.close()
})
