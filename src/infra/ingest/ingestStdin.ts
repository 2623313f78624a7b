import { createGunzip } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { EventLog } from "../eventlog/EventLog.ts"
import { recogniseFormat } from "../sources/adapters.ts"
import { sourceLine } from "../sources/sourceLine.ts"
import { isGzip } from "./content.ts"
import { sourceOf } from "./findSources.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import type { IngestStore } from "./IngestStore.ts"
import type { IngestSettings } from "./ingestSettings.ts"
import {
  type FileReading,
  finishFile,
  type IngestError,
  type OnWritten,
  type SourceIngest,
  startFile,
  startSource,
  takePiece,
} from "./ingestSource.ts"
import { LineSplitter } from "./LineSplitter.ts"
import { standardInput, unreadable } from "./sourcePaths.ts"

/** A file in which no format is recognised. */
export class NotALog extends Schema.TaggedError<NotALog>()("NotALog", { path: Schema.String }) {
  override get message(): string {
    const what = this.path === standardInput ? "standard input" : this.path
    return `${what} is no log of a format that is known: give the format with --format if you know better`
  }
}

const sampleBytes = 64 * 1024

/** Reads standard input as one file, plain or gzip, recognised by its beginning. */
export const ingestStdin = Effect.fn("ingestStdin")(function* (
  settings: IngestSettings,
  progress: IngestProgress,
  onWritten: OnWritten,
): Effect.fn.Return<void, IngestError | NotALog, EventLog | IngestStore> {
  let beginning: Buffer = Buffer.alloc(0)
  let begun: { ingest: SourceIngest; reading: FileReading } | undefined
  const begin = Effect.gen(function* () {
    const adapter = settings.adapter ?? recognise(beginning)
    if (adapter === undefined) return yield* new NotALog({ path: standardInput })
    const source = sourceOf(adapter, standardInput, settings.decky)
    const ingest = yield* startSource(source, settings.zone, progress, onWritten)
    const file = { path: standardInput, gzip: false, size: 0 }
    begun = { ingest, reading: yield* startFile(ingest, file, undefined) }
    yield* takePiece(ingest, begun.reading, beginning)
    return begun
  })
  yield* Stream.fromAsyncIterable(decompressed(process.stdin), (cause) =>
    unreadable(standardInput, cause),
  ).pipe(
    Stream.runForEach(
      Effect.fnUntraced(function* (piece) {
        progress.bytesRead += piece.length
        if (begun !== undefined) return yield* takePiece(begun.ingest, begun.reading, piece)
        beginning = Buffer.concat([beginning, piece])
        if (beginning.length >= sampleBytes) yield* begin
      }),
    ),
  )
  if (begun === undefined && beginning.length === 0) return
  progress.files++
  const { ingest, reading } = begun ?? (yield* begin)
  yield* finishFile(ingest, reading)
})

const recognise = (beginning: Buffer): ReturnType<typeof recogniseFormat> => {
  const splitter = new LineSplitter()
  const lines = splitter.push(beginning).map((line) => line.bytes)
  const rest = splitter.rest()
  if (rest !== undefined) lines.push(rest.bytes)
  return recogniseFormat(lines.slice(0, 50).map(sourceLine))
}

async function* decompressed(input: NodeJS.ReadStream): AsyncGenerator<Buffer> {
  let unzip: ReturnType<typeof createGunzip> | undefined
  let first = true
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of input) yield Buffer.from(piece)
  }
  for await (const piece of pieces()) {
    if (first && isGzip(piece)) {
      unzip = createGunzip()
      unzip.write(piece)
      input.pipe(unzip)
      yield* unzip
      return
    }
    first = false
    yield piece
  }
}
