import type { ReuseChange } from "../../../domain/event/events.ts"
import { countText } from "./wording.ts"

/** What a change of a finding added. */
export type Added = {
  readonly addedTargets: ReadonlyArray<{ readonly decky: string; readonly service: string }>
  readonly addedAttackers: ReadonlyArray<{ readonly ip: string }>
  readonly addedAttackerUuids: ReadonlyArray<string>
} & Pick<ReuseChange, "addedTargetCount" | "addedAttackerCount">

/** What a change added in words: the one thing by name, several by number. */
export const addedText = (change: Added): string => {
  const [target] = change.addedTargets
  const [attacker] = change.addedAttackers
  const [uuid] = change.addedAttackerUuids
  const parts: Array<string> = []
  if (change.addedTargetCount === 1 && target !== undefined) {
    parts.push(`target ${target.decky} ${target.service}`)
  } else if (change.addedTargetCount > 0) {
    parts.push(countText(change.addedTargetCount, "target"))
  }
  if (change.addedAttackerCount === 1 && attacker !== undefined) {
    parts.push(`attacker ${attacker.ip}`)
  } else if (change.addedAttackerCount > 0) {
    parts.push(countText(change.addedAttackerCount, "attacker"))
  }
  if (uuid !== undefined) parts.push(`attacker identified as ${uuid}`)
  return parts.length === 0 ? "-" : parts.join(", ")
}
