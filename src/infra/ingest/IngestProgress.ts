import type { RejectReason } from "../sources/SourceAdapter.ts"
import { DeckySightings } from "./DeckySightings.ts"

/** What an ingest has done so far; changed in place as it goes on. */
export interface IngestProgress {
  /** Bytes on disk to be read, and read; 0 to be read where that cannot be known. */
  bytesTotal: number
  bytesRead: number
  files: number
  /** Files that held nothing new. */
  unchangedFiles: number
  /** Physical lines, blank ones among them. */
  lines: number
  /** Lines with nothing in them, between records. */
  blankLines: number
  /** NULs between records: holes in a file. */
  nulBytes: number
  captures: number
  /** Captures that the log already held. */
  duplicates: number
  /** Of the captures read, known ones among them, those whose address the log does not tell. */
  withoutAddress: number
  /** Of the captures read, known ones among them, those whose service the log does not tell. */
  withoutService: number
  /** Fingerprints of sessions that the log did not hold. */
  fingerprints: number
  /** Open sessions that were fingerprinted as far as they had come, since memory was short. */
  sessionsEvicted: number
  rejected: number
  readonly rejectedByReason: Map<RejectReason, number>
  /** Which deckies the captures belong to. */
  readonly deckies: DeckySightings
  /** What the operator should know, each once. */
  readonly warnings: Set<string>
  /** Files that are no log of any known format. */
  readonly unknownFiles: Array<string>
}

export const startProgress = (): IngestProgress => ({
  bytesTotal: 0,
  bytesRead: 0,
  files: 0,
  unchangedFiles: 0,
  lines: 0,
  blankLines: 0,
  nulBytes: 0,
  captures: 0,
  duplicates: 0,
  withoutAddress: 0,
  withoutService: 0,
  fingerprints: 0,
  sessionsEvicted: 0,
  rejected: 0,
  rejectedByReason: new Map(),
  deckies: new DeckySightings(),
  warnings: new Set(),
  unknownFiles: [],
})
