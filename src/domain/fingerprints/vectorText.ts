/**
 * A vector as text: base64 of its 32-bit floats, little-endian, so that what is read is bit for bit
 * what was written, in a third of the room that decimal numbers take.
 */
export const vectorText = (vector: Float32Array): string => {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString("base64")
}

/** The vector that {@link vectorText} wrote; `undefined` where the text is no such thing. */
export const vectorFromText = (text: string): Float32Array | undefined => {
  const bytes = Buffer.from(text, "base64")
  if (bytes.length % 4 !== 0 || bytes.toString("base64") !== text) return undefined
  const vector = new Float32Array(bytes.length / 4)
  for (let index = 0; index < vector.length; index++) vector[index] = bytes.readFloatLE(index * 4)
  return vector
}
