import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { EventLog } from "../eventlog/EventLog.ts"
import type { SecretVault } from "../secrets/SecretVault.ts"
import { recogniseFormat } from "../sources/adapters.ts"
import { compressionOf, cutFrom, decompress, magicLength } from "./decompress.ts"
import {
  breakOff,
  type FileReading,
  finishFile,
  startFile,
  takePiece,
  writeAll,
} from "./FileReading.ts"
import { headLength } from "./findResume.ts"
import { sourceOf } from "./findSources.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import { IngestStore } from "./IngestStore.ts"
import type { IngestSettings } from "./ingestSettings.ts"
import type { IngestError } from "./ingestSource.ts"
import { archiveOf, NotALog } from "./NotALog.ts"
import { piecesOf } from "./piecesOf.ts"
import { RecordSample } from "./RecordSample.ts"
import { type OnWritten, type SourceIngest, startSource } from "./SourceIngest.ts"
import { standardInput } from "./sourcePaths.ts"

/** So much of a beginning in which there are no records yet is kept. */
const longestBeginning = 16 * 1024 * 1024

/**
 * Reads standard input as one file, plain or compressed, recognised by its beginning. What it held before
 * cannot be passed over; where it begins as it did another time, that record is put right.
 */
export const ingestStdin = Effect.fn("ingestStdin")(function* (
  input: AsyncIterable<Uint8Array>,
  settings: IngestSettings,
  progress: IngestProgress,
  onWritten: OnWritten,
): Effect.fn.Return<void, IngestError | NotALog, EventLog | IngestStore | SecretVault> {
  let beginning: Buffer = Buffer.alloc(0)
  let begun: Begun | undefined
  const sample = new RecordSample()
  const begin = Effect.gen(function* () {
    const adapter = settings.adapter ?? recogniseFormat(sample.records)
    if (adapter === undefined) {
      const archive = archiveOf(beginning)
      const named = archive === undefined ? {} : { archive }
      return yield* new NotALog({ path: standardInput, ...named })
    }
    const source = sourceOf(adapter, standardInput, settings)
    const ingest = yield* startSource(source, settings.zone, progress, onWritten)
    const store = yield* IngestStore
    const before = yield* store.filesLike(
      source.name,
      beginning.subarray(0, headLength),
      ingest.digestOfStretch,
    )
    const record = before.find(({ path }) => path === standardInput)
    const reading = yield* startFile(ingest, { path: standardInput, key: standardInput }, record)
    reading.before = undefined
    begun = { ingest, reading }
    yield* takePiece(ingest, reading, beginning)
    return begun
  })
  const broken = yield* piecesOf(standardInput, decompressed(input)).pipe(
    Stream.runForEach(
      Effect.fnUntraced(function* (piece) {
        progress.bytesRead += piece.length
        if (begun !== undefined) return yield* takePiece(begun.ingest, begun.reading, piece)
        beginning = Buffer.concat([beginning, piece])
        if (sample.add(piece) || beginning.length >= longestBeginning) yield* begin
      }),
    ),
    Effect.as(false),
    Effect.catchTag("BrokenCompression", () => Effect.succeed(true)),
  )
  if (begun === undefined && beginning.length === 0 && !broken) return
  const { ingest, reading } = begun ?? (yield* begin)
  progress.files++
  yield* broken ? breakOff(ingest, reading) : finishFile(ingest, reading)
  yield* writeAll(ingest)
})

interface Begun {
  readonly ingest: SourceIngest
  readonly reading: FileReading
}

/** Of damaged data, the content of the piece that the damage is in is lost: small pieces lose less. */
const compressedPiece = 1024

async function* decompressed(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const pieces = input[Symbol.asyncIterator]()
  let beginning: Buffer = Buffer.alloc(0)
  const all = async function* (): AsyncGenerator<Buffer> {
    if (beginning.length > 0) yield beginning
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      yield Buffer.from(next.value)
    }
  }
  while (beginning.length < magicLength) {
    const next = await pieces.next()
    if (next.done === true) break
    beginning = Buffer.concat([beginning, next.value])
  }
  const compression = compressionOf(beginning)
  if (compression === undefined || compression === "zip") yield* all()
  else yield* decompress(compression, cutFrom(0, all(), compressedPiece))
}
