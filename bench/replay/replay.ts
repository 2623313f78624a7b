import { join } from "node:path"
import { generateCaptures } from "../../sample/generator/captures.ts"
import { paired, runSide } from "../paired.ts"
import { temporary } from "../temporary.ts"
import { fillLog } from "./fillLog.ts"

const script = join(import.meta.dirname, "side.ts")
// What emmett-postgresql 0.42.0 does with a log of 21,000 such captures, measured elsewhere on
// this kind of machine: the faster of its figures.
const emmett = 818

/** Replay: a log of generated captures into all read models, beside a plain loop. */
export const replay = async (captures: number, runs: number): Promise<void> => {
  const directory = temporary("replay")
  const log = join(directory, "log.sqlite")
  const options = { seed: 1, captures, deckies: 24, days: 30 }
  await fillLog(log, generateCaptures(options))
  const { a } = paired(
    "replay: log to read models, beside a plain loop, an event at a time",
    runs,
    () => runSide(script, "projection", log, join(directory, "ours.sqlite")),
    () => runSide(script, "plain", log, join(directory, "plain.sqlite")),
  )
  const slowest = Math.min(...a.map(({ events, seconds }) => events / seconds))
  console.log(
    `  at least ${(slowest / emmett).toFixed(0)} times emmett-postgresql's ${emmett} events/s`,
  )
}
