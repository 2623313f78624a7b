import { boundedCapture, type Capture } from "../../domain/capture.ts"
import { type NewEvent, schemaVersion } from "../../domain/events.ts"
import { captureEventId } from "../../domain/ids.ts"
import type { CaptureDraft, LineParser, ParsedLine } from "../sources/SourceAdapter.ts"
import { sourceLine } from "../sources/sourceLine.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import type { RejectedLine } from "./IngestStore.ts"
import { keptOfLongLine, longestLine, type PlacedLine } from "./LineSplitter.ts"
import type { Source } from "./source.ts"

/** Of so many hosts of one source something is said. */
const mostWarnings = 20

/** What a line comes to. Also for a line that was ingested before, for what it says of later ones. */
export const parseLine = (parser: LineParser, { bytes, length }: PlacedLine): ParsedLine =>
  length > longestLine ? { rejected: "too-long" } : parser.parse(sourceLine(bytes))

/**
 * Turns the lines of one source into captures and rejects, and holds them until they are
 * written. What a line means is the adapter's business; whose host it is, is settled here.
 */
export class CaptureBuffer {
  readonly events: Array<NewEvent> = []
  readonly rejects: Array<RejectedLine> = []
  readonly #source: Source
  readonly #progress: IngestProgress
  readonly #sensors = new Set<string>()

  constructor(source: Source, progress: IngestProgress) {
    this.#source = source
    this.#progress = progress
  }

  /** Takes in one line of a file, as the parser of that file understands it. */
  take(parser: LineParser, placed: PlacedLine, file: string): void {
    this.#progress.lines++
    this.#keep(parseLine(parser, placed), placed, file)
  }

  /** The end of a file: a record that is still open there was cut off. */
  endFile(parser: LineParser, last: PlacedLine, file: string): void {
    const parsed = parser.endFile()
    if (parsed !== undefined) this.#keep(parsed, last, file)
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

  #keep(parsed: ParsedLine, placed: PlacedLine, file: string): void {
    if ("rejected" in parsed) {
      this.reject(parsed.rejected, placed)
      return
    }
    for (const draft of parsed.captures) {
      const capture = this.#settle(draft)
      this.events.push({
        type: "credential.captured",
        id: captureEventId(capture),
        data: capture,
        metadata: {
          schemaVersion,
          source: { file, line: placed.line, offset: placed.end },
        },
      })
    }
  }

  #settle({ sensor, ...rest }: CaptureDraft): Capture {
    const decky = this.#source.decky ?? sensor ?? this.#source.fallbackDecky
    if (this.#source.decky === undefined && !this.#sensors.has(decky)) this.#warn(decky, sensor)
    return boundedCapture({ ...rest, decky })
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
