/**
 * Where a scan has stopped: a record begins at `at`, a record has ended before `at`, the document is
 * over before `at`, the byte at `at` cannot stand there, or more bytes are needed.
 */
export type ScanStop = "begin" | "end" | "over" | "invalid" | "more"

const lineFeed = 0x0a
const quote = 0x22
const backslash = 0x5c

/** What may come next. */
const value = 0
const valueOrEnd = 1
const keyOrEnd = 2
const key = 3
const colon = 4
const commaOrEnd = 5

const object = 1
const array = 2

const maxDepth = 64
const maxKey = 32

/**
 * Finds the records in a JSON document that is given piece by piece: the elements of an array, those
 * of the list inside an answer of Elasticsearch (`hits.hits`, `responses`) or Splunk (`results`), or
 * else the document itself. It looks at the structure alone, and stops where that is no JSON: there a
 * record was cut, and what follows is another. In a record it may be many pieces long; nothing of it
 * is kept here.
 */
export class JsonScanner {
  /** Where the last scan has stopped, in the bytes given to it. */
  at = 0
  /** The line ends passed so far. */
  lines = 0
  readonly #stack = new Uint8Array(maxDepth)
  #depth = 0
  #expected = value
  #inString = false
  #escaped = false
  #inScalar = false
  /** A record is what begins at this depth; -1 where none does. */
  #recordDepth = 0
  #inRecord = false
  /** Whether the records are elements, and so the document none. */
  #inList = false
  #listDepth = 0
  #keyText = ""
  readonly #keys: [string, string] = ["", ""]
  #hasPreview = false

  /** Whether the document is over. */
  get isOver(): boolean {
    return this.#depth === 0 && this.#expected === commaOrEnd
  }

  /** Scans on from a place in some bytes, which is where the last scan has stopped. */
  scan(bytes: Buffer, from: number): ScanStop {
    let nextQuote = -1
    let nextBackslash = -1
    let nextFeed = -1
    const { length } = bytes
    let at = from
    while (at < length) {
      if (this.#inString) {
        if (this.#escaped) {
          this.#escaped = false
          at++
          continue
        }
        if (nextQuote < at) nextQuote = indexOrEnd(bytes, quote, at)
        if (nextBackslash < at) nextBackslash = indexOrEnd(bytes, backslash, at)
        if (nextFeed < at) nextFeed = indexOrEnd(bytes, lineFeed, at)
        const stop = Math.min(nextQuote, nextBackslash, nextFeed)
        if (this.#expected === colon) this.#addToKey(bytes, at, stop)
        at = stop
        if (at === length) break
        if (at === nextFeed) return this.#stop("invalid", at)
        at++
        if (at - 1 === nextBackslash) {
          this.#escaped = true
          continue
        }
        this.#inString = false
        if (this.#expected === colon) this.#endKey()
        else if (this.#valueEnded()) return this.#stop("end", at)
        continue
      }
      const byte = bytes[at] ?? 0
      if (this.#inScalar) {
        if (isScalar(byte)) {
          at++
          continue
        }
        this.#inScalar = false
        this.#valueEnded()
      }
      if (byte === lineFeed) this.lines++
      if (isBlank(byte)) {
        at++
        continue
      }
      const expectsValue = this.#expected === value || this.#expected === valueOrEnd
      switch (byte) {
        case 0x7b: // {
        case 0x5b: // [
          if (!expectsValue || this.#depth === maxDepth) return this.#stop("invalid", at)
          if (this.#begins(byte)) return this.#stop("begin", at)
          this.#open(byte === 0x7b ? object : array)
          at++
          break
        case 0x7d: // }
        case 0x5d: {
          // ]
          const kind = byte === 0x7d ? object : array
          const mayEnd =
            this.#expected === commaOrEnd ||
            this.#expected === (kind === object ? keyOrEnd : valueOrEnd)
          if (!mayEnd || this.#stack[this.#depth - 1] !== kind) return this.#stop("invalid", at)
          at++
          this.#depth--
          if (this.#valueEnded()) return this.#stop("end", at)
          if (this.#depth === 0) return this.#stop("over", at)
          break
        }
        case quote:
          if (expectsValue) {
            if (this.#begins(byte)) return this.#stop("begin", at)
          } else if (this.#expected === key || this.#expected === keyOrEnd) {
            this.#expected = colon
            this.#keyText = ""
          } else return this.#stop("invalid", at)
          this.#inString = true
          at++
          break
        case 0x3a: // :
          if (this.#expected !== colon) return this.#stop("invalid", at)
          this.#expected = value
          at++
          break
        case 0x2c: // ,
          if (this.#expected !== commaOrEnd) return this.#stop("invalid", at)
          this.#expected = this.#stack[this.#depth - 1] === object ? key : value
          at++
          break
        default:
          if (!expectsValue || !isScalar(byte)) return this.#stop("invalid", at)
          this.#inScalar = true
          at++
      }
    }
    return this.#stop("more", at)
  }

  #stop(stop: ScanStop, at: number): ScanStop {
    this.at = at
    return stop
  }

  /** Whether a record begins with this value, which it is told once. */
  #begins(byte: number): boolean {
    if (this.#inRecord || this.#depth !== this.#recordDepth) return false
    // The document is an array: its elements are the records. So are those of arrays in it.
    if (byte === 0x5b) return false
    this.#inRecord = true
    return true
  }

  #open(kind: number): void {
    const isList =
      kind === array &&
      (this.#inList ? !this.#inRecord : this.#depth === 0 || this.#isListOfAnswer())
    this.#stack[this.#depth] = kind
    this.#depth++
    this.#expected = kind === object ? keyOrEnd : valueOrEnd
    if (!isList) return
    if (!this.#inList) this.#listDepth = this.#depth
    this.#inList = true
    this.#inRecord = false
    this.#recordDepth = this.#depth
  }

  /** A value has ended; answers whether it was a record. */
  #valueEnded(): boolean {
    this.#expected = commaOrEnd
    if (this.#inRecord && this.#depth === this.#recordDepth) {
      this.#inRecord = false
      return true
    }
    if (this.#inList && !this.#inRecord) {
      this.#inList = this.#depth >= this.#listDepth
      this.#recordDepth = this.#inList ? this.#depth : -1
    }
    return false
  }

  #addToKey(bytes: Buffer, from: number, to: number): void {
    if (this.#depth > 2 || this.#keyText.length > maxKey) return
    this.#keyText += bytes.toString("latin1", from, Math.min(to, from + maxKey + 1))
  }

  #endKey(): void {
    if (this.#depth > 2) return
    this.#keys[this.#depth === 1 ? 0 : 1] = this.#keyText
    if (this.#depth === 1) {
      this.#keys[1] = ""
      this.#hasPreview ||= this.#keyText === "preview"
    }
  }

  #isListOfAnswer(): boolean {
    const [first, second] = this.#keys
    if (this.#depth === 2) return first === "hits" && second === "hits"
    return this.#depth === 1 && (first === "responses" || (first === "results" && this.#hasPreview))
  }
}

const indexOrEnd = (bytes: Buffer, byte: number, from: number): number => {
  const index = bytes.indexOf(byte, from)
  return index === -1 ? bytes.length : index
}

const isBlank = (byte: number): boolean =>
  byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09

// Numbers, true, false, null, and what some writers put in place of a number (NaN, -Infinity).
const isScalar = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e
