import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { row, spread } from "../paired.ts"
import { temporary } from "../temporary.ts"

const root = join(import.meta.dirname, "..", "..")
const rate = 2000
const seconds = 15
const warmUp = 1000

/**
 * Latency: from the moment a login is written to a log file that `credtrail run` follows, to the
 * moment a subscriber in a third process has the finding it caused, at 2,000 logins a second.
 */
export const latency = async (runs: number): Promise<void> => {
  const p50: Array<number> = []
  const p99: Array<number> = []
  let announcements = 0
  for (let index = 0; index < runs; index++) {
    const result = await measure(temporary(`latency-${index}`))
    p50.push(result.p50)
    p99.push(result.p99)
    announcements = result.announcements
  }
  console.log(
    `\nlatency: log line to credential.reuse.detected in another process, ${rate} captures/s (${runs} runs, about ${announcements} announcements each)`,
  )
  console.log(row("p50, ms", spread(p50), 1))
  console.log(row("p99, ms", spread(p99), 1))
}

interface Latencies {
  readonly announcements: number
  readonly p50: number
  readonly p99: number
}

const measure = async (directory: string): Promise<Latencies> => {
  const logs = join(directory, "logs")
  mkdirSync(logs)
  const data = join(directory, "data")
  const daemon = spawn(
    join(root, "bin", "credtrail"),
    ["run", logs, "--decky", "{dir}", "--data", data],
    { stdio: "ignore" },
  )
  const log = join(data, "log.sqlite")
  while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 50))
  const subscriber = script("subscriber.ts", log, String(warmUp))
  await output(subscriber, (text) => text.includes("ready"))
  const writer = script("writer.ts", logs, String(rate), String(seconds))
  await once(writer, "exit")
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const said = output(subscriber, (text) => text.includes("}"))
  subscriber.kill("SIGTERM")
  const text = await said
  daemon.kill("SIGTERM")
  await once(daemon, "exit")
  return JSON.parse(text.slice(text.indexOf("{"))) // printed by our own subscriber
}

const script = (name: string, ...args: ReadonlyArray<string>): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, name), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  })

const output = (child: ChildProcess, enough: (text: string) => boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ""
    child.stdout?.on("data", (piece) => {
      text += String(piece)
      if (enough(text)) resolve(text)
    })
    child.once("exit", () => (enough(text) ? resolve(text) : reject(new Error(`ended: ${text}`))))
  })
