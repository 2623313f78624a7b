import type { SourceRecord } from "../SourceRecord.ts"
import { criLine } from "./textEnvelopes.ts"

/** Part of a line that a container wrote, as the runtime logged it. */
interface Chunk {
  readonly stream: string
  readonly text: string
  readonly isPartial: boolean
}

/** The keys of the records that Docker writes itself. */
const dockerKeys: ReadonlySet<string> = new Set(["log", "stream", "time", "attrs"])
const longestLine = 1024 * 1024

/**
 * Puts the lines of a container's log together, which Docker's json-file driver and the runtimes of
 * Kubernetes cut where they are long. Where the end of a part is lost, what there is is one line.
 */
export class ContainerLines {
  /** By stream, as a container writes its two in turns. */
  readonly #parts = new Map<string, string>()
  /** Whether lines come with their ends, as Docker writes them: one without is part of a line. */
  #endsLines = false

  /**
   * The whole line that a record completes; "open" where more of it is to come, `undefined` where the
   * record is none of a container's log.
   */
  take(record: SourceRecord): SourceRecord | "open" | undefined {
    const chunk = this.#chunkOf(record)
    if (chunk === undefined) return undefined
    const text = (this.#parts.get(chunk.stream) ?? "") + chunk.text
    if (chunk.isPartial && text.length < longestLine) {
      this.#parts.set(chunk.stream, text)
      return "open"
    }
    this.#parts.delete(chunk.stream)
    return record.inner(text)
  }

  /** Whether lines are open. */
  get isOpen(): boolean {
    return this.#parts.size > 0
  }

  reset(): void {
    this.#parts.clear()
    this.#endsLines = false
  }

  #chunkOf(record: SourceRecord): Chunk | undefined {
    const cri = criLine.exec(record.text)?.groups
    if (cri !== undefined) {
      const { stream = "", tag = "", line: text = "" } = cri
      return { stream, text, isPartial: tag.startsWith("P") }
    }
    const { object } = record
    if (typeof object === "string") return undefined
    const { log, stream } = object
    if (typeof log !== "string" || (stream !== "stdout" && stream !== "stderr")) return undefined
    const hasEnd = log.endsWith("\n")
    this.#endsLines ||= hasEnd || Object.keys(object).every((key) => dockerKeys.has(key))
    const text = hasEnd ? log.slice(0, -1) : log
    return { stream, text, isPartial: !hasEnd && this.#isCut(text, stream) }
  }

  // Some shippers take the line ends away: a text without one need not go on.
  #isCut(text: string, stream: string): boolean {
    const line = (this.#parts.get(stream) ?? "") + text
    if (line.trimStart().startsWith("{")) return !line.trimEnd().endsWith("}")
    return this.#endsLines
  }
}
