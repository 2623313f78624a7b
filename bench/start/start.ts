import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { row, spread } from "../paired.ts"
import { temporary } from "../temporary.ts"

const root = join(import.meta.dirname, "..", "..")

/** Start: `bin/credtrail --help`, beside a Node.js program with nothing in it. */
export const start = async (runs: number): Promise<void> => {
  const empty = join(temporary("start"), "empty.mjs")
  writeFileSync(empty, "")
  const once = (command: string, ...args: ReadonlyArray<string>): number => {
    const startedAt = performance.now()
    const { status } = spawnSync(command, args, { stdio: "ignore" })
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`)
    return performance.now() - startedAt
  }
  const help = () => once(join(root, "bin", "credtrail"), "--help")
  const nothing = () => once(process.execPath, empty)
  help()
  nothing()
  const ours: Array<number> = []
  const theirs: Array<number> = []
  for (let index = 0; index < runs; index++) {
    ours.push(help())
    theirs.push(nothing())
  }
  console.log(`\nstart: credtrail --help, beside an empty Node.js program (${runs} pairs)`)
  console.log(row("ours, ms", spread(ours)))
  console.log(row("empty program, ms", spread(theirs)))
  console.log(row("ratio", spread(ours.map((time, index) => time / (theirs[index] ?? time))), 2))
}
