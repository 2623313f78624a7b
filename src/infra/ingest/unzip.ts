import { crc32 } from "node:zlib"
import { Damage } from "./decompress.ts"

const lineFeed = 0x0a

/**
 * Yields the content of the files in a zip archive, one after another as if they were one log: where a
 * file does not end in a line feed, one is added. Hidden files and directories are left out. `onRead`
 * receives the compressed length of each file. An encrypted file, a damaged one and an archive that is
 * cut, whose list of files at the end is missing, are {@link Damage}.
 */
export async function* unzip(
  path: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const { default: yauzl } = await import("yauzl")
  const archive = await yauzl.openPromise(path, { autoClose: false })
  try {
    for await (const entry of archive.eachEntry()) {
      const { fileName, compressedSize } = entry
      if (isLeftOut(fileName)) continue
      if (!entry.canDecodeFileData())
        throw new Damage(`${fileName} is encrypted or compressed in a way that is not read`)
      let checksum = 0
      let last = lineFeed
      for await (const piece of await archive.openReadStreamPromise(entry)) {
        const bytes: Buffer = piece // the stream is one of bytes
        checksum = crc32(bytes, checksum)
        last = bytes.at(-1) ?? last
        yield bytes
      }
      if (checksum !== entry.crc32) throw new Damage(`${fileName} is damaged`)
      if (last !== lineFeed) yield Buffer.of(lineFeed)
      onRead(compressedSize)
    }
  } finally {
    archive.close()
  }
}

const isLeftOut = (name: string): boolean =>
  name.endsWith("/") || name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX")
