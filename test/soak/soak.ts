// Lets a service append to EventStoreDB and follow it while something goes wrong every second, and
// looks whether it leaks, grows or stalls: [--seconds N] [--seed N]. Ten minutes by default. Ends
// with 0 if all is well.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import { parseArgs } from "node:util"
import { Random } from "../../sample/generator/random.ts"
import { mishaps } from "../infra/eventlog/eventstoredb/mishaps.ts"
import { TestServer } from "../infra/eventlog/eventstoredb/server/TestServer.ts"
import type { Report } from "./Report.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
  },
})
const seconds = Number(values.seconds)

/** Seconds without one delivery after which it counts as stalled. */
const longestStall = 30
/** How much of the heap may be more at the end than it was at the beginning. */
const mostGrowth = { factor: 1.3, megabytes: 8 }

const server = await TestServer.start({ nodes: 3, version: "23.10" })
const subject = spawn(
  process.execPath,
  [
    "--expose-gc",
    join(import.meta.dirname, "subject.ts"),
    `${server.connectionString}&defaultDeadline=1000`,
  ],
  { stdio: ["pipe", "pipe", "inherit"] },
)
process.on("exit", () => subject.kill("SIGKILL"))
const closed = once(subject, "close")

const problems: Array<string> = []
const reports: Array<Report> = []
let stalledFor = 0
let longest = 0
let final: Report | undefined
createInterface({ input: subject.stdout }).on("line", (line) => {
  const report: Report = JSON.parse(line)
  stalledFor = report.delivered === reports.at(-1)?.delivered ? stalledFor + 1 : 0
  longest = Math.max(longest, stalledFor)
  reports.push(report)
  if (report.digests !== undefined) final = report
})

const all = mishaps(server.nodes.length)
const random = new Random(Number(values.seed))
const befallen = new Map<string, number>()
for (let second = 0; second < seconds && subject.exitCode === null; second++) {
  await pause(1_000)
  const mishap = all[random.uint() % all.length]
  mishap?.befall(server)
  befallen.set(mishap?.name ?? "", (befallen.get(mishap?.name ?? "") ?? 0) + 1)
}
server.faults.clear()
subject.stdin.end()
for (let waited = 0; final === undefined && subject.exitCode === null; waited++) {
  if (waited > longestStall) {
    problems.push(`not everything came back within ${longestStall} s of the last mishap`)
    break
  }
  await pause(1_000)
}

// What was given up may take until its time is out to be gone from the server.
const { traffic } = server
const leaked = (): ReadonlyArray<string> =>
  [
    ["subscription", 1],
    ["read", 1],
    ["batch", 1],
    ["append", 1],
  ].flatMap(([kind, most]) => {
    const open = traffic.open(kind as "read") // one of the four above
    return open > Number(most) ? [`${open} calls of kind ${kind} are open on the server`] : []
  })
for (let waited = 0; leaked().length > 0 && waited < longestStall; waited++) await pause(1_000)
problems.push(...leaked())
if (server.connections > 6) problems.push(`${server.connections} connections are open`)

if (subject.exitCode !== null) problems.push(`the service ended with ${subject.exitCode}`)
if (longest > longestStall) problems.push(`nothing was delivered for ${longest} s`)
const ours = server.log.records.filter((record) => record.type === "credential.soaked")
if (new Set(ours.map(({ id }) => id)).size !== ours.length) problems.push("an event is there twice")
if (final !== undefined) {
  const [appended, delivered] = final.digests ?? []
  if (appended !== delivered) problems.push("what was delivered is not what was appended")
  if (ours.length !== final.appended)
    problems.push(`${final.appended} were appended, ${ours.length} are there`)
}
const quarter = Math.floor(reports.length / 4)
const median = (some: ReadonlyArray<Report>): number =>
  some.map(({ megabytes }) => megabytes).toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
const [early, late] = [median(reports.slice(quarter, 2 * quarter)), median(reports.slice(-quarter))]
if (late > early * mostGrowth.factor + mostGrowth.megabytes) {
  problems.push(`the heap grew from ${early.toFixed(1)} MB to ${late.toFixed(1)} MB`)
}

console.log(
  JSON.stringify({
    seconds,
    events: ours.length,
    mishaps: [...befallen.values()].reduce((sum, n) => sum + n, 0),
    kinds: befallen.size,
    longestStallSeconds: longest,
    heapMegabytes: [Number(early.toFixed(1)), Number(late.toFixed(1))],
    problems,
  }),
)
subject.kill("SIGTERM")
await Promise.race([closed, pause(5_000)])
subject.kill("SIGKILL")
await server.stop()
process.exit(problems.length === 0 ? 0 : 1)
