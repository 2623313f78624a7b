import type { KeyStatus, Rotation } from "../../app/rotateKeys.ts"
import { countText } from "./wording.ts"

/** Where the keys are and what they guard, for people. */
export const keysText = (status: KeyStatus): string =>
  [
    ["keys", status.place],
    ["index key", status.indexKeyId],
    ["current key", status.currentKeyId],
    ["sealed", countText(status.sealed, "secret")],
    ["under older keys", String(status.underOlderKeys)],
    ["under unknown keys", String(status.underUnknownKeys)],
    ["erased", String(status.erased)],
    ["keeps bytes", status.keepsBytes ? "yes" : "no"],
  ]
    .map(([name = "", value = ""]) => `${name.padEnd(20)}${value}`)
    .join("\n")

/** What a rotation came to, for people. */
export const rotationText = (rotation: Rotation): string =>
  `${countText(rotation.rewrappedSecrets, "secret")} and ${countText(rotation.rewrappedLines, "rejected line")} are now under key ${rotation.currentKeyId}`
