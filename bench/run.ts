import { cpus } from "node:os"
import { growth } from "./growth/growth.ts"
import { ingest } from "./ingest/ingest.ts"
import { latency } from "./latency/latency.ts"
import { replay } from "./replay/replay.ts"
import { start } from "./start/start.ts"

// `npm run bench` runs all of these; `npm run bench -- replay start` some. Every figure stands
// beside its baseline, measured in the same run, in turn.
const runs = 5
const million = 1_000_000
const all: Readonly<Record<string, () => void | Promise<void>>> = {
  start: () => start(runs * 3),
  ingest: () => ingest(600_000, runs),
  replay: () => replay(million, runs),
  growth: () => growth(million, runs),
  latency: () => latency(runs),
}

const [processor] = cpus()
console.log(`${cpus().length} x ${processor?.model ?? "unknown"}, Node.js ${process.version}`)
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => all[name] === undefined)
if (unknown.length > 0) {
  console.error(
    `no benchmark is called ${unknown.join(", ")}: there are ${Object.keys(all).join(", ")}`,
  )
  process.exit(2)
}
for (const name of asked.length > 0 ? asked : Object.keys(all)) await all[name]?.()
