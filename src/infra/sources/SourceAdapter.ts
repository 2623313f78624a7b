import type { Capture } from "../../domain/capture/capture.ts"
import type { Timestamp, ZoneCorrection } from "../../domain/event/timestamp.ts"
import type { TriedSecret } from "../../domain/secret/secret.ts"
import type { KeyExchange } from "../../domain/session/SessionFacts.ts"
import type { SourceRecord } from "./SourceRecord.ts"

/** Why a line was not understood. Counted by these words; the words are stable. */
export type RejectReason =
  | "not-json"
  | "not-an-object"
  | "not-a-record"
  | "cut-line"
  | "too-long"
  | "missing-field"
  | "wrong-type"
  | "bad-timestamp"
  | "bad-base64"
  | "bad-structured-data"
  | "broken-compression"
  | "invalid-event"

/**
 * A capture before the host is settled: what the log says. `sensor` is the log's own name for the
 * host, `null` where it has none; the operator's name, where one is given, wins over it.
 */
export type CaptureDraft = Omit<Capture, "decky" | "secret"> & {
  readonly sensor: string | null
  readonly secret: TriedSecret | null
}

/**
 * What a line says of a session besides the attempts made in it: who came (`client`), what was
 * typed, and that it is over. `at` is `null` where an end has no time of its own; `service` is
 * `null` where the line does not name it.
 */
export interface SessionWord {
  readonly sensor: string | null
  readonly sessionId: string
  readonly at: Timestamp | null
  readonly attackerIp: string | null
  readonly service: string | null
  readonly clientVersion?: string
  readonly keyExchange?: KeyExchange
  readonly command?: string
  readonly ended?: true
}

/**
 * What a record came to: the captures it holds (several for one that lists attempts, none for one
 * that is understood but says nothing of credentials), or why it was not understood. `open` is a line
 * of a record that goes on in the next one; if that record comes to be rejected, its first line is,
 * and the others are read again, each by itself.
 */
export type ParsedRecord =
  | {
      readonly captures: ReadonlyArray<CaptureDraft>
      readonly session?: SessionWord
      readonly open?: true
      /** Set if the record is not of this format, and may be an envelope around one that is. */
      readonly isOther?: true
    }
  | { readonly rejected: RejectReason }

/** What a parser may need to know of the operator's settings. */
export interface ParserSettings {
  /** For formats whose times carry no zone. */
  readonly zone: ZoneCorrection
}

/**
 * Reads the lines of one source, in order. It may remember what earlier lines said (sessions, a
 * CSV header), across the files of the source too, so it must bound what it remembers.
 */
export interface RecordParser {
  /** Called before the first line of each file: forget what belongs to one file only. */
  readonly startFile: () => void
  readonly parse: (record: SourceRecord) => ParsedRecord
  /** Called after the last line of a file that has ended: whether it ended inside a record. */
  readonly endFile: () => ParsedRecord | undefined
}

/** One log format. An adapter is one file that exports one of these, listed in `adapters.ts`. */
export interface SourceAdapter {
  /** What `--format` calls it. */
  readonly format: string
  /** Whether its times carry no zone, so that `--timezone` matters. */
  readonly zoneless: boolean
  /** Set where every record is a JSON object, so that one may go over lines or share one. */
  readonly isJson?: true
  /** Whether a record is unmistakably of this format, free of envelopes as it is. */
  readonly recognises: (record: SourceRecord) => boolean
  readonly parser: (settings: ParserSettings) => RecordParser
  /** Set if one log covers many hosts and names each. */
  readonly namesManyHosts?: true
  /** Set where the log says when a session is over. */
  readonly endsSessions?: true
  /**
   * Set where a parser remembers only what belongs to one file, so that files whose lines come in
   * turns need one each. The others remember sessions, and are shared by the files of a source.
   */
  readonly parserPerFile?: true
}

/** A line understood that says nothing of credentials. */
export const nothing: ParsedRecord = { captures: [] }

/** A record that is not of this format. */
export const otherRecord: ParsedRecord = { captures: [], isOther: true }

/** A line in a record that goes on. */
export const openRecord: ParsedRecord = { captures: [], open: true }

export const rejected = (reason: RejectReason): ParsedRecord => ({ rejected: reason })
