import { sha256Hex } from "../../domain/event/digest.ts"
import type { SourceAdapter } from "../sources/SourceAdapter.ts"
import type { DeckyRules } from "./deckyNames.ts"
import type { Compression } from "./decompress.ts"

/** A file of a source, as found. */
export interface SourceFile {
  readonly path: string
  /** What it is, whatever it is called: its device and inode. */
  readonly key: string
  readonly compression: Compression | undefined
  /** Its size on disk. */
  readonly size: number
}

/**
 * What is ingested as one stream: the files of one format that belong to one host (or, where the
 * log itself names the hosts, to one directory).
 */
export interface Source {
  /** Also the end of the stream's name: `capture-<name>`. */
  readonly name: string
  readonly adapter: SourceAdapter
  /** The host as the operator names it, which wins over what the log says. */
  readonly decky: string | undefined
  /** The fallback name: from a rule over the path, or the directory. */
  readonly fallbackDecky: string
  /** The operator's naming rules. */
  readonly rules: DeckyRules
  readonly files: ReadonlyArray<SourceFile>
}

const longestHost = 128

/**
 * The name of a source: its format and host, in characters that any stream name may hold. A host
 * that has others in its name keeps apart from those that look like it by a digest.
 */
export const sourceName = (format: string, host: string): string => {
  const plain = host.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, longestHost)
  const digest = plain === host ? "" : `-${sha256Hex(Buffer.from(host, "utf8")).slice(0, 12)}`
  return `${format}.${plain}${digest}`
}

/** The stream that the captures of a source stand in. */
export const captureStream = (source: Source): string => `capture-${source.name}`

/** The stream that the fingerprints of a source's sessions stand in. */
export const fingerprintStream = (source: Source): string => `fingerprint-${source.name}`
