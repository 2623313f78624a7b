import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileOf, firstGeneration, generationsIn, withCompanions } from "./places.ts"
import type { Registry } from "./Registry.ts"
import { isScratchOfDead } from "./scratchGeneration.ts"

/**
 * Removes every generation but the current and the previous one: older ones, and what a rebuild has
 * or a verification has left that was killed. Only for who holds the lock of the generations.
 */
export const removeOthers = (data: string, registry: Registry): void => {
  const { current, previous } = registry.read()
  const kept = new Set([current.no, previous?.no])
  for (const name of readdirSync(generationsIn(data))) {
    const isOther = /^\d+$/u.test(name) && !kept.has(Number(name))
    if (isOther || isScratchOfDead(name)) remove(join(generationsIn(data), name))
  }
  if (!kept.has(firstGeneration)) {
    for (const file of withCompanions(fileOf(data, firstGeneration))) remove(file)
  }
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true })
