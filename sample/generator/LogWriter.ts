import { closeSync, mkdirSync, openSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Sensor } from "./fleet.ts"
import type { Line, LogFormat } from "./formats/LogFormat.ts"
import type { FileCount } from "./manifest.ts"
import type { Session } from "./Session.ts"
import { TimeOrdered } from "./TimeOrdered.ts"
import { dayText } from "./times.ts"

// Where in a file a dirty line stands: after this line, and after every so many more.
const firstDirty = 23
const dirtyEvery = 211
// The stretch that one file has twice: so many lines, again after the line given.
const stretchEnd = 40
const stretchLines = 12
const chunkLength = 1 << 18

interface OpenFile {
  readonly descriptor: number
  readonly compressed: boolean
  readonly count: FileCount
  text: string
}

/**
 * Writes one kind of log of one sensor: brings the lines of overlapping sessions into the order of
 * time, starts a new file where a day ends, puts in the dirt, and counts what it writes.
 */
export class LogWriter {
  private readonly directory: string
  private readonly sensor: Sensor
  private readonly format: LogFormat
  private readonly waiting = new TimeOrdered<Line>()
  private readonly counts: Array<FileCount> = []
  private open: OpenFile | undefined
  private openName = ""
  private recent: Array<Line> = []
  private dirtied = 0

  constructor(directory: string, sensor: Sensor, format: LogFormat) {
    this.directory = directory
    this.sensor = sensor
    this.format = format
  }

  /** Takes the next session; sessions come in the order of their start. */
  add(session: Session): void {
    this.writeBefore(session.start)
    for (const line of this.format.lines(session)) this.waiting.push(line.time, line)
  }

  /** Writes what is waiting, closes the files and gives the count of each. */
  end(): ReadonlyArray<FileCount> {
    this.writeBefore(Infinity)
    this.closeFile()
    return this.counts
  }

  private writeBefore(time: number): void {
    for (let line = this.waiting.popBefore(time); line; line = this.waiting.popBefore(time)) {
      this.write(line)
    }
  }

  private write(line: Line): void {
    const file = this.fileAt(line.time)
    this.put(file, line.text)
    file.count.attempts += line.attempts
    const written = file.count.lines
    if (this.format.repeatsStretch === true && this.counts.length === 2) {
      this.recent.push(line)
      if (this.recent.length > stretchLines) this.recent.shift()
      if (written === stretchEnd) this.repeatStretch(file)
    }
    if (written >= firstDirty && (written - firstDirty) % dirtyEvery === 0) this.soil(file, line)
  }

  private soil(file: OpenFile, line: Line): void {
    const { dirt } = this.format
    const dirty = dirt[this.dirtied++ % dirt.length]?.(line, this.sensor)
    if (dirty === undefined) return
    this.put(file, dirty.text)
    file.count.dirty[dirty.kind] = (file.count.dirty[dirty.kind] ?? 0) + 1
  }

  private repeatStretch(file: OpenFile): void {
    for (const line of this.recent) {
      this.put(file, line.text)
      file.count.duplicateLines += 1
      file.count.duplicateAttempts += line.attempts
    }
  }

  private put(file: OpenFile, text: string): void {
    file.text += text + (this.format.lineEnd ?? "\n")
    file.count.lines += 1
    if (file.text.length >= chunkLength) this.flush(file)
  }

  private fileAt(time: number): OpenFile {
    const name = this.format.fileName(dayText(time))
    if (this.open !== undefined && this.openName === name) return this.open
    this.closeFile()
    const compressed = this.counts.length < (this.format.compressedFiles ?? 0)
    const path = join(this.sensor.decky, compressed ? `${name}.gz` : name)
    const onDisk = join(this.directory, path)
    mkdirSync(dirname(onDisk), { recursive: true })
    const count = {
      path,
      decky: this.sensor.decky,
      format: this.format.name,
      lines: 0,
      attempts: 0,
      duplicateLines: 0,
      duplicateAttempts: 0,
      dirty: {},
    }
    this.counts.push(count)
    const file = { descriptor: openSync(onDisk, "w"), compressed, count, text: "" }
    this.open = file
    this.openName = name
    for (const text of this.format.header?.(this.sensor, time) ?? []) this.put(file, text)
    return file
  }

  // A gzip file may consist of several members, one after the other: no file is held in memory.
  private flush(file: OpenFile): void {
    const bytes = Buffer.from(file.text, this.format.encoding)
    writeSync(file.descriptor, file.compressed ? gzipSync(bytes) : bytes)
    file.text = ""
  }

  private closeFile(): void {
    if (this.open === undefined) return
    if (this.open.text !== "") this.flush(this.open)
    closeSync(this.open.descriptor)
    this.open = undefined
  }
}
