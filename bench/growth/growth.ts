import { spawnSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { generateCaptures } from "../../sample/generator/captures.ts"
import { heapFlags, paired, row, runSide, spread } from "../paired.ts"
import { fillLog } from "../replay/fillLog.ts"
import { temporary } from "../temporary.ts"

/** Growth: the cost of an event late in a long log, and in a finding grown giant. */
export const growth = async (captures: number, runs: number): Promise<void> => {
  const directory = temporary("growth")
  const log = join(directory, "log.sqlite")
  await fillLog(log, generateCaptures({ seed: 1, captures, deckies: 24, days: 30 }))
  const ratios: Array<number> = []
  const peaks: Array<number> = []
  for (let index = 0; index < runs; index++) {
    const fresh = mkdtempSync(join(directory, "windows-"))
    const { stdout } = spawnSync(
      process.execPath,
      [...heapFlags, join(import.meta.dirname, "windows.ts"), log, fresh],
      { encoding: "utf8" },
    )
    const { seconds, peakMegabytes } = JSON.parse(stdout) // printed by our own script
    ratios.push(seconds.at(-1) / seconds[0])
    peaks.push(peakMegabytes)
  }
  console.log(`\ngrowth: the last 100,000 of ${captures} events beside the first (${runs} replays)`)
  console.log(row("cost late / early", spread(ratios), 2))
  console.log(row("peak MB", spread(peaks)))
  const script = join(import.meta.dirname, "side.ts")
  const side = (which: string) => () =>
    runSide(script, which, mkdtempSync(join(directory, `${which}-`)))
  paired(
    "growth: a finding of 10,000 targets and 100,000 attackers (ours), beside 2,000 of 5 (baseline)",
    runs,
    side("giant"),
    side("small"),
  )
}
