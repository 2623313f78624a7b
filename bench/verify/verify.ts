import { copyFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { row, runSide, spread } from "../paired.ts"
import { temporary } from "../temporary.ts"
import { makeFindings } from "./makeFindings.ts"

const script = join(import.meta.dirname, "side.ts")

/** Verifying: two equal generations compared, beside a plain read of all the same rows of both. */
export const verify = (findings: number, runs: number): void => {
  const directory = temporary("verify")
  const live = join(directory, "live.sqlite")
  const rebuilt = join(directory, "rebuilt.sqlite")
  makeFindings(live, findings)
  copyFileSync(live, rebuilt)
  const sides = { compare: [] as number[], read: [] as number[] }
  let rows = 0
  let peak = 0
  for (let index = 0; index < runs; index++) {
    const compared = runSide(script, "compare", live, rebuilt)
    rows = compared.events
    peak = Math.max(peak, compared.peakMegabytes)
    sides.compare.push(compared.seconds)
    sides.read.push(runSide(script, "read", live, rebuilt).seconds)
  }
  const ratios = sides.compare.map((seconds, index) => seconds / (sides.read[index] ?? Number.NaN))
  console.log(
    `\nverify: two generations of ${countOf(live)} findings, ${rows} rows each (${runs} pairs)`,
  )
  console.log(row("compared, s", spread(sides.compare), 2))
  console.log(row("plain read of both, s", spread(sides.read), 2))
  console.log(row("ratio", spread(ratios), 2))
  console.log(`  ${"peak MB".padEnd(28)} ${peak.toFixed(0)}`)
}

const countOf = (file: string): number => {
  const database = new Sqlite(file, { readonly: true })
  const count = database.prepare<[], number>("SELECT count(*) FROM findings WHERE version > 0")
  const findings = count.pluck().get() ?? 0
  database.close()
  return findings
}
