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
import { TestServer } from "../support/eventstoredb/TestServer.ts"
import type { Report } from "./Report.ts"
import { longestStall, Watch } from "./Watch.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
  },
})
const seconds = Number(values.seconds)
/** What share of the mishaps has to come to something; some meet nobody since others were there. */
const leastHit = 0.8
/** Seconds without mishaps at the end: what leaks now is not ended by a connection that breaks. */
const calm = 12

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

const watch = new Watch(server)
let final: Report | undefined
createInterface({ input: subject.stdout }).on("line", (line) => {
  const report: Report = JSON.parse(line)
  watch.take(report)
  if (report.digests !== undefined) final = report
})

const all = mishaps(server.nodes.length)
const random = new Random(Number(values.seed))
const befallen: Array<{ readonly name: string; readonly hit: () => boolean }> = []
for (let second = 0; second < seconds + calm && subject.exitCode === null; second++) {
  await pause(1_000)
  watch.look()
  server.faults.clear()
  if (second >= seconds) {
    // Whoever does not take leave of a subscription leaves it behind on the server.
    server.endSubscriptions("silence")
    continue
  }
  for (let waited = 0; server.subscriptions === 0 && waited < 20; waited++) await pause(50)
  const mishap = all[random.uint() % all.length]
  if (mishap === undefined) throw new Error("there are mishaps")
  befallen.push({ name: mishap.name, hit: mishap.befall(server) })
}
const problems: Array<string> = []
subject.stdin.end()
for (let waited = 0; final === undefined && subject.exitCode === null; waited++) {
  if (waited > longestStall) {
    problems.push(`not everything came back within ${longestStall} s of the last mishap`)
    break
  }
  await pause(1_000)
}

problems.push(...watch.problems)
if (subject.exitCode !== null) problems.push(`the service ended with ${subject.exitCode}`)
const ofType = (type: string) => server.log.records.filter((record) => record.type === type)
const [ours, crowds] = [ofType("credential.soaked"), ofType("credential.crowded")]
if (new Set(ours.map(({ id }) => id)).size !== ours.length) problems.push("an event is there twice")
if (final !== undefined) {
  const [appended, delivered] = final.digests ?? []
  if (appended !== delivered) problems.push("what was delivered is not what was appended")
  for (const [there, appended] of [
    [ours, final.appended],
    [crowds, final.crowded],
  ] as const) {
    if (there.length !== appended) {
      problems.push(`${appended} were appended, ${there.length} are there`)
    }
  }
}
const hits = befallen.filter(({ hit }) => hit())
if (hits.length < leastHit * befallen.length) {
  const missed = befallen.filter(({ hit }) => !hit()).map(({ name }) => name)
  problems.push(`too many mishaps came to nothing: ${missed.join(", ")}`)
}

const rounded = (some: ReadonlyArray<number>): ReadonlyArray<number> =>
  some.map((one) => Math.round(one * 10) / 10)
console.log(
  JSON.stringify({
    seconds,
    events: ours.length,
    mishaps: befallen.length,
    hits: hits.length,
    kinds: new Set(befallen.map(({ name }) => name)).size,
    longestStallSeconds: watch.longestStill,
    heapMegabytes: rounded(watch.growth("megabytes")),
    resources: rounded(watch.growth("resources")),
    subscriptions: server.traffic.calls("subscription"),
    problems,
  }),
)
subject.kill("SIGTERM")
await Promise.race([closed, pause(5_000)])
subject.kill("SIGKILL")
await server.stop()
process.exit(problems.length === 0 ? 0 : 1)
