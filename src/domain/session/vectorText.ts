/**
 * A vector as text: base64 of its 32-bit floats, little-endian, so that what is read is bit for bit
 * what was written, in a third of the room that decimal numbers take.
 */
export const vectorText = (vector: Float32Array): string => {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  return (isLittleEndian ? bytes : Buffer.from(bytes).swap32()).toString("base64")
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** The vector that {@link vectorText} wrote; `undefined` where the text is no such thing. */
export const vectorFromText = (text: string): Float32Array | undefined => {
  const bytes = Buffer.from(text, "base64")
  if (bytes.length % 4 !== 0 || bytes.toString("base64") !== text) return undefined
  const vector = new Float32Array(bytes.length / 4)
  for (let index = 0; index < vector.length; index++) vector[index] = bytes.readFloatLE(index * 4)
  return vector
}
