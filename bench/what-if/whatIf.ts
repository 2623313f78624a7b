import { join } from "node:path"
import { generateCaptures } from "../../sample/generator/captures.ts"
import { type Run, row, runSide, spread } from "../paired.ts"
import { fillLog } from "../replay/fillLog.ts"
import { temporary } from "../temporary.ts"
import { questions } from "./questions.ts"

const fold = join(import.meta.dirname, "../replay/side.ts")
const ask = join(import.meta.dirname, "side.ts")

/**
 * What if: other policies over all of history and over a part of it, beside the fold of the same log
 * that a rebuild takes at the least, in turn, each in a process of its own.
 */
export const whatIf = async (captures: number, runs: number): Promise<void> => {
  const directory = temporary("what-if")
  const log = join(directory, "log.sqlite")
  const readModels = join(directory, "readmodel.sqlite")
  await fillLog(log, generateCaptures({ seed: 1, captures, deckies: 24, days: 30 }))
  const folds: Array<Run> = []
  const answers = new Map(Object.keys(questions).map((name): [string, Array<Run>] => [name, []]))
  for (let index = 0; index < runs; index++) {
    folds.push(runSide(fold, "projection", log, readModels))
    for (const [name, done] of answers) done.push(runSide(ask, readModels, name))
  }
  console.log(
    `\nwhat if, beside a fold of the log (${runs} of each, ${folds[0]?.events ?? 0} events)`,
  )
  console.log(row("fold, seconds", spread(folds.map(({ seconds }) => seconds)), 2))
  for (const [name, done] of answers) {
    console.log(`  ${name}`)
    console.log(row("  seconds", spread(done.map(({ seconds }) => seconds)), 2))
    const ratios = done.map(({ seconds }, index) => seconds / (folds[index]?.seconds ?? Number.NaN))
    console.log(row("  times a fold", spread(ratios), 3))
    console.log(row("  peak MB", spread(done.map(({ peakMegabytes }) => peakMegabytes))))
  }
}
