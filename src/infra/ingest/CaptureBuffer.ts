import { boundedCapture, type Capture } from "../../domain/capture/capture.ts"
import { unknownService } from "../../domain/capture/service.ts"
import { isDecodable } from "../../domain/event/codec.ts"
import { type Metadata, type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { captureEventId } from "../../domain/event/ids.ts"
import type { Secret, TriedSecret } from "../../domain/secret/secret.ts"
import { fieldsWithoutSecret } from "../../domain/secret/withoutSecret.ts"
import { type Fingerprint, fingerprintEventId } from "../../domain/session/fingerprint.ts"
import { rarity } from "../../domain/session/rarity.ts"
import type {
  CaptureDraft,
  ParsedRecord,
  RecordParser,
  RejectReason,
} from "../sources/SourceAdapter.ts"
import { SourceRecord } from "../sources/SourceRecord.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import type { RejectedLine, StoredSession } from "./IngestStore.ts"
import { keptOfLongLine, longestLine, type PlacedLine } from "./LineSplitter.ts"
import { type OpenSessionMemory, OpenSessions } from "./OpenSessions.ts"
import type { Source } from "./source.ts"

/** Of so many hosts of one source something is said. */
const mostWarnings = 20

/** What a line comes to. */
const parseLine = (parser: RecordParser, { bytes, length }: PlacedLine): ParsedRecord => {
  if (length <= longestLine) return parser.parse(SourceRecord.of(bytes))
  parser.endFile() // it is not shown the line, and so cannot be inside a record behind it
  return { rejected: "too-long" }
}

/** A line given to a parser; one that was ingested before is only remembered. */
interface GivenLine {
  readonly placed: PlacedLine
  readonly file: string
  readonly isNew: boolean
}

/**
 * Turns the lines of one source into captures and rejects, and holds them until they are
 * written. What a line means is the adapter's business; whose host it is, is settled here.
 */
export class CaptureBuffer {
  readonly events: Array<NewEvent> = []
  readonly rejects: Array<RejectedLine> = []
  /** Lines of a record that was cut when they were read before, and is whole now. */
  readonly understood: Array<number> = []
  /** The fingerprints of sessions that are over. */
  readonly fingerprints: Array<NewEvent> = []
  readonly sessions: OpenSessions
  readonly #seal: (tried: TriedSecret) => Secret
  /** Told when a session of this source was evicted. */
  onEvicted: () => void = () => {}
  readonly #source: Source
  readonly #progress: IngestProgress
  readonly #sensors = new Set<string>()
  /** Of the last line that said something: what is known of where a session was evicted. */
  #metadata: Metadata = { schemaVersion }
  // The lines of the record that a parser is inside of.
  readonly #openRecords = new Map<RecordParser, Array<GivenLine>>()

  constructor(
    source: Source,
    progress: IngestProgress,
    sessions: ReadonlyArray<StoredSession>,
    memory: OpenSessionMemory,
    seal: (tried: TriedSecret) => Secret,
  ) {
    this.#seal = seal
    this.#source = source
    this.#progress = progress
    this.sessions = new OpenSessions(sessions, {
      memory,
      endsSessions: source.adapter.endsSessions === true,
      onEvicted: () => {
        progress.sessionsEvicted++
        this.onEvicted()
      },
    })
  }

  /** Takes in the fingerprints of sessions that another source has driven out of memory. */
  takeEvicted(): void {
    this.#fingerprint(this.sessions.takeEvicted(), this.#metadata)
  }

  /** Takes in one line of a file, as the parser of that file understands it. */
  take(parser: RecordParser, placed: PlacedLine, file: string): void {
    this.#progress.lines++
    this.#parse(parser, { placed, file, isNew: true })
  }

  /** Lets the parser see a line that was ingested before, for what it says of later ones. */
  remember(parser: RecordParser, placed: PlacedLine, file: string): void {
    this.#parse(parser, { placed, file, isNew: false })
  }

  /** Whether a parser is inside of a record that goes on in the next line. */
  isInside(parser: RecordParser): boolean {
    return this.#openRecords.has(parser)
  }

  /** The end of a file: a record that is still open there was cut off. */
  endFile(parser: RecordParser, last: PlacedLine, file: string): void {
    for (;;) {
      const parsed = parser.endFile()
      if (parsed === undefined) return
      const lines = this.#closeRecord(parser)
      if (!("rejected" in parsed) || lines.length === 0) {
        this.#keep(parsed, last, file)
        return
      }
      this.#rejectFirst(parser, lines, parsed.rejected)
    }
  }

  /** Counts and keeps a line, or the place in a file, that cannot be used. */
  reject(reason: RejectedLine["reason"], placed: PlacedLine): void {
    const { rejectedByReason } = this.#progress
    this.#progress.rejected++
    rejectedByReason.set(reason, (rejectedByReason.get(reason) ?? 0) + 1)
    this.rejects.push({
      line: placed.line,
      offset: placed.end,
      reason,
      bytes: Buffer.from(placed.bytes.subarray(0, keptOfLongLine)),
      length: placed.length,
    })
  }

  #parse(parser: RecordParser, given: GivenLine): void {
    const parsed = parseLine(parser, given.placed)
    if ("captures" in parsed && parsed.open === true) {
      const lines = this.#openRecords.get(parser)
      if (lines === undefined) this.#openRecords.set(parser, [given])
      else lines.push(given)
      return
    }
    const before = this.#closeRecord(parser)
    if ("rejected" in parsed && before.length > 0) {
      this.#rejectFirst(parser, [...before, given], parsed.rejected)
      return
    }
    if (!given.isNew) return
    for (const { isNew, placed } of before) if (!isNew) this.understood.push(placed.line)
    this.#keep(parsed, given.placed, given.file)
  }

  #closeRecord(parser: RecordParser): ReadonlyArray<GivenLine> {
    const lines = this.#openRecords.get(parser) ?? []
    this.#openRecords.delete(parser)
    return lines
  }

  // A stray quote must not cost the lines behind it.
  #rejectFirst(
    parser: RecordParser,
    [first, ...others]: ReadonlyArray<GivenLine>,
    reason: RejectReason,
  ): void {
    if (first?.isNew === true) this.reject(reason, first.placed)
    for (const line of others) this.#parse(parser, line)
  }

  #keep(parsed: ParsedRecord, placed: PlacedLine, file: string): void {
    if ("rejected" in parsed) {
      this.reject(parsed.rejected, placed)
      return
    }
    const { captures, session } = parsed
    if (captures.length === 0 && session === undefined) return
    const metadata = { schemaVersion, source: { file, line: placed.line, offset: placed.end } }
    this.#metadata = metadata
    let allValid = true
    for (const draft of captures) {
      const data = this.#settle(draft)
      if (data.attackerIp === null) this.#progress.withoutAddress++
      if (data.service === unknownService) this.#progress.withoutService++
      const rareness = rarity(draft.principal, draft.secret)
      const event = {
        type: "credential.captured",
        id: captureEventId(data),
        data,
        metadata,
      } as const
      if (isDecodable(event)) {
        this.events.push(event)
        allValid = this.#fingerprint(this.sessions.login(data, rareness), metadata) && allValid
      } else allValid = false
    }
    if (session !== undefined) {
      const over = this.sessions.hear(this.#deckyOf(session.sensor), session)
      allValid = this.#fingerprint(over, metadata) && allValid
    }
    if (!allValid) this.reject("invalid-event", placed)
  }

  /** Answers whether all of them are valid. */
  #fingerprint(fingerprints: ReadonlyArray<Fingerprint>, metadata: Metadata): boolean {
    const events = fingerprints.map(
      (data) =>
        ({
          type: "attacker.fingerprinted",
          id: fingerprintEventId(data),
          data,
          metadata,
        }) as const,
    )
    const valid = events.filter(isDecodable)
    this.fingerprints.push(...valid)
    return valid.length === events.length
  }

  /** Settles whose host it is, and seals the secret: from here on it is known by its digest. */
  #settle({ sensor, secret, fields, ...rest }: CaptureDraft): Capture {
    const decky = this.#deckyOf(sensor)
    if (this.#source.decky === undefined && !this.#sensors.has(decky)) this.#warn(decky, sensor)
    return boundedCapture({
      ...rest,
      decky,
      secret: secret === null ? null : this.#seal(secret),
      fields: secret === null ? fields : fieldsWithoutSecret(fields, secret),
    })
  }

  #deckyOf(sensor: string | null): string {
    return this.#source.decky ?? sensor ?? this.#source.fallbackDecky
  }

  #warn(decky: string, sensor: string | null): void {
    if (this.#sensors.size >= mostWarnings) return
    this.#sensors.add(decky)
    const { warnings } = this.#progress
    if (sensor === null) {
      warnings.add(
        `${this.#source.name}: the log does not name its host, so the directory's name "${decky}" is taken; name it with --decky`,
      )
    } else if (/^[0-9a-f]{12}$/.test(decky)) {
      warnings.add(
        `${this.#source.name}: the log calls its host "${decky}", which looks like a container id that changes with every restart and would make one host look like many; name it with --decky`,
      )
    } else if (this.#sensors.size === 1) {
      warnings.add(
        `${this.#source.name}: the host's name "${decky}" is taken from the log; if that name ever changes, name the host with --decky`,
      )
    }
  }
}
