import { TextDecoder } from "node:util"

/** Turns UTF-16, given piece by piece, into UTF-8. */
export class Utf16Decoder {
  readonly #isBigEndian: boolean
  readonly #decoder: TextDecoder

  private constructor(isBigEndian: boolean) {
    this.#isBigEndian = isBigEndian
    this.#decoder = new TextDecoder(isBigEndian ? "utf-16be" : "utf-16le", { ignoreBOM: true })
  }

  /**
   * The decoder for content that begins with these bytes: those of a byte order mark, or of two ASCII
   * characters. `undefined` where it is not UTF-16, "undecided" where these are too few to say.
   */
  static for(beginning: Uint8Array): Utf16Decoder | "undecided" | undefined {
    const [a, b, c, d] = beginning
    if (b === undefined) return a === 0x0a ? undefined : "undecided"
    if (a === 0xff && b === 0xfe) return new Utf16Decoder(false)
    if (a === 0xfe && b === 0xff) return new Utf16Decoder(true)
    if ((a === 0) === (b === 0)) return undefined
    if (d === undefined) return "undecided"
    if (a !== 0 && c !== 0 && d === 0) return new Utf16Decoder(false)
    return a === 0 && c === 0 && d !== 0 ? new Utf16Decoder(true) : undefined
  }

  /** What these bytes stand for, with what was left of the bytes before. */
  decode(bytes: Uint8Array): Buffer {
    return Buffer.from(this.#decoder.decode(bytes, { stream: true }), "utf8")
  }

  /** The UTF-16 of UTF-8. */
  encode(bytes: Buffer): Buffer {
    const encoded = Buffer.from(bytes.toString("utf8"), "utf16le")
    return this.#isBigEndian ? encoded.swap16() : encoded
  }

  /** How many bytes of UTF-16 stand for these of UTF-8. */
  lengthOf(bytes: Buffer): number {
    return 2 * bytes.toString("utf8").length
  }
}
