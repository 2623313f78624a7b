import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { generateCaptures } from "../../sample/generator/captures.ts"
import { heapFlags, row, runSide, spread } from "../paired.ts"
import { fillLog } from "../replay/fillLog.ts"
import { temporary } from "../temporary.ts"
import type { Answered } from "./reader.ts"

const program = join(import.meta.dirname, "..", "..", "bin", "credtrail")

/**
 * Rebuild: how long a process waits for a page of findings, and for one finding, while another one
 * rebuilds the read models, beside the same at rest for as long, in turn.
 */
export const rebuilding = async (captures: number, runs: number): Promise<void> => {
  const data = temporary("rebuild")
  const log = join(data, "log.sqlite")
  await fillLog(log, generateCaptures({ seed: 1, captures, deckies: 24, days: 30 }))
  const replay = join(import.meta.dirname, "..", "replay", "side.ts")
  runSide(replay, "projection", log, join(data, "readmodel.sqlite"))
  const atRest: Array<Answered> = []
  const during: Array<Answered> = []
  const seconds: Array<number> = []
  for (let index = 0; index < runs; index++) {
    const startedAt = performance.now()
    during.push(await answered(data, () => rebuiltIn(data)))
    const took = performance.now() - startedAt
    seconds.push(took / 1000)
    const asLong = () => new Promise<void>((resolve) => setTimeout(resolve, took))
    atRest.push(await answered(data, asLong))
  }
  const asked = during.reduce((sum, { answers }) => sum + answers, 0)
  console.log(
    `\nrebuild: reading while ${captures} captures are folded again (${runs} pairs, ${asked} answers during rebuilds)`,
  )
  console.log(row("at rest, p50 ms", spread(atRest.map(({ p50 }) => p50)), 2))
  console.log(row("at rest, p99 ms", spread(atRest.map(({ p99 }) => p99)), 2))
  console.log(row("during a rebuild, p50 ms", spread(during.map(({ p50 }) => p50)), 2))
  console.log(row("during a rebuild, p99 ms", spread(during.map(({ p99 }) => p99)), 2))
  const ratios = during.map(({ p99 }, index) => p99 / (atRest[index]?.p99 ?? Number.NaN))
  console.log(row("ratio of p99", spread(ratios), 2))
  console.log(row("longest wait in a rebuild, ms", spread(during.map(({ max }) => max)), 2))
  console.log(row("a rebuild, s", spread(seconds), 1))
}

const rebuiltIn = async (data: string): Promise<void> => {
  const child = spawn(program, ["rebuild", "--data", data], {
    stdio: ["ignore", "ignore", "inherit"],
  })
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`the rebuild ended with ${code}`)
}

/** What a reader has waited for its answers while something went on. */
const answered = async (data: string, goesOn: () => Promise<void>): Promise<Answered> => {
  const reader = spawn(
    process.execPath,
    [...heapFlags, join(import.meta.dirname, "reader.ts"), data],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  )
  const text = collected(reader)
  await new Promise((resolve, reject) => {
    reader.stdout.once("data", resolve)
    reader.once("exit", (code) => reject(new Error(`the reader ended with ${code}`)))
  })
  await goesOn()
  reader.kill("SIGTERM")
  return JSON.parse((await text).slice("ready".length)) // printed by our own reader
}

const collected = async (child: ChildProcess): Promise<string> => {
  let text = ""
  child.stdout?.on("data", (piece) => {
    text += String(piece)
  })
  await once(child, "close")
  return text
}
