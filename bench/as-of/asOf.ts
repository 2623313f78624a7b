import { spawnSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { generateCaptures } from "../../sample/generator/captures.ts"
import { heapFlags, row, type Spread, spread } from "../paired.ts"
import { fillLog } from "../replay/fillLog.ts"
import { temporary } from "../temporary.ts"
import type { Answers } from "./questions.ts"

/**
 * Looking back: questions about the middle of a log beside the same ones about its end, in one
 * process and in turn, for logs of a hundredth, a tenth and all of the captures.
 */
export const lookingBack = async (captures: number, runs: number): Promise<void> => {
  const directory = temporary("as-of")
  for (const size of [captures / 100, captures / 10, captures]) {
    const own = mkdtempSync(join(directory, "log-"))
    const log = join(own, "log.sqlite")
    const options = { seed: 1, captures: size, deckies: 24, days: 30 }
    await fillLog(log, generateCaptures(options))
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        ...heapFlags,
        join(import.meta.dirname, "questions.ts"),
        log,
        join(own, "readmodel.sqlite"),
        String(runs),
      ],
      { encoding: "utf8" },
    )
    if (status !== 0) throw new Error(`the questions failed:\n${stdout}${stderr}`)
    const answers: Answers = JSON.parse(stdout) // printed by our own script
    console.log(
      `\nlooking back over ${size} captures (${runs} answers each, milliseconds; to fold up to there takes ${answers.replay.toFixed(0)})`,
    )
    for (const { question, now, position, eventTime } of answers.questions) {
      console.log(`  ${question}`)
      console.log(row("  now", spread(now), 2))
      console.log(row("  as of a position", spread(position), 2))
      console.log(row("  by event time", spread(eventTime), 2))
      console.log(row("  ratio, position", ratio(position, now), 2))
    }
  }
}

const ratio = (some: ReadonlyArray<number>, others: ReadonlyArray<number>): Spread =>
  spread(some.map((one, index) => one / (others[index] ?? Number.NaN)))
