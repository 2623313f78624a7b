import type { Sensor } from "../fleet.ts"
import type { Session } from "../Session.ts"

/** A line about to be logged at `time`, telling of this many attempts. */
export interface Line {
  readonly time: number
  readonly text: string
  readonly attempts: number
}

/** A line that no sensor means to write, with the word for what is wrong with it. */
export interface DirtyLine {
  readonly kind: string
  readonly text: string
}

/** One log file (or one a day) of a kind of sensor. */
export interface LogFormat {
  readonly name: string
  /** The file's name on a day (`2026-03-02`); the same for all days where it is not rotated. */
  readonly fileName: (day: string) => string
  /** How many of the files, the oldest, have been compressed since; by default none. */
  readonly compressedFiles?: number
  /** How `Line.text` becomes bytes. */
  readonly encoding: "utf8" | "latin1"
  /** By default a line feed. */
  readonly lineEnd?: string
  /** Lines at the beginning of every file; `time` is that of the first line after. */
  readonly header?: (sensor: Sensor, time: number) => ReadonlyArray<string>
  /** What the sensor writes of a session. */
  readonly lines: (session: Session) => ReadonlyArray<Line>
  /** The ways in which this log gets dirty; each makes a line to stand after the clean `line`. */
  readonly dirt: ReadonlyArray<(line: Line, sensor: Sensor) => DirtyLine>
  /** Whether a stretch of the second day's file stands in it twice. */
  readonly repeatsStretch?: boolean
}

/** A line without attempts. */
export const plainLine = (time: number, text: string): Line => ({ time, text, attempts: 0 })

/** The beginning of the line: the writer was stopped, or the disk was full. */
export const cut = ({ text }: Line): DirtyLine => ({
  kind: "cut-line",
  text: text.slice(0, Math.max(12, Math.floor(text.length * 0.6))),
})

/** What a file system leaves where a machine lost its power. */
export const zeroes = (): DirtyLine => ({ kind: "undecodable", text: "\0".repeat(48) })
