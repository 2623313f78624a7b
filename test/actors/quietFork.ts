import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Fork } from "../../src/actors/effectRunner.ts"

/** Runs effects whose log lines go to `lines` instead of the console. */
export const quietFork = (lines: Array<string> = []): Fork => {
  const logger = Logger.make(({ message, cause }) => {
    const defects = cause.reasons.map((reason) =>
      "defect" in reason ? reason.defect : reason._tag,
    )
    lines.push([message, ...defects].join(": "))
  })
  return (effect) => Effect.runFork(Effect.provide(effect, Logger.layer([logger])))
}
