import shared from "@eventstore/db-client/generated/shared_pb.js"

/** The UUID in a message, written or as two numbers; `undefined` where it is none. */
export const uuidText = (uuid: shared.UUID | undefined): string | undefined => {
  const parts = uuid?.getStructured()
  const text = parts === undefined ? uuid?.getString() : fromParts(parts)
  return text !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? text.toLowerCase()
    : undefined
}

export const uuidMessage = (text: string): shared.UUID => new shared.UUID().setString(text)

const fromParts = (parts: shared.UUID.Structured): string => {
  const hex = [parts.getMostSignificantBits(), parts.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, "0"))
    .join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}
