import type { TriedSecret } from "../../domain/secret/secret.ts"

/** The longest secret whose bytes are kept; of a longer one only so many are. */
export const maxKeptBytes = 4096

/** The bytes of a secret as they come back out of the vault. */
export interface OpenedSecret {
  readonly bytes: Uint8Array
  /** As the sensor logged them, where a normalisation changed them. */
  readonly original?: Uint8Array
  /** Whether there were more than {@link maxKeptBytes}. */
  readonly isCut: boolean
}

const isCutFlag = 1
const hasOriginalFlag = 2
const header = 5

/**
 * What is sealed of a secret: `flags | length (2) | length of the original (2) | bytes | original |
 * zeros`. The zeros fill it up to a power of two, so that the size of a sealed secret tells little
 * more than its length class does.
 */
export const payloadOf = ({ bytes, original }: TriedSecret): Uint8Array => {
  const kept = bytes.subarray(0, maxKeptBytes)
  const keptOriginal = original?.subarray(0, maxKeptBytes) ?? new Uint8Array()
  const payload = Buffer.alloc(paddedLength(header + kept.length + keptOriginal.length))
  payload[0] =
    (kept.length < bytes.length ? isCutFlag : 0) | (original === undefined ? 0 : hasOriginalFlag)
  payload.writeUInt16BE(kept.length, 1)
  payload.writeUInt16BE(keptOriginal.length, 3)
  payload.set(kept, header)
  payload.set(keptOriginal, header + kept.length)
  return payload
}

/** What a payload says; it has been opened, so it is what was sealed. */
export const openedSecret = (payload: Uint8Array): OpenedSecret => {
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const flags = view[0] ?? 0
  const end = header + view.readUInt16BE(1)
  const original = view.subarray(end, end + view.readUInt16BE(3))
  return {
    bytes: view.subarray(header, end),
    ...((flags & hasOriginalFlag) === 0 ? {} : { original }),
    isCut: (flags & isCutFlag) !== 0,
  }
}

const paddedLength = (length: number): number => Math.max(32, 2 ** Math.ceil(Math.log2(length)))
