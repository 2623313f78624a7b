import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { lookingBack } from "./as-of/asOf.ts"
import { eventstore } from "./eventstore/eventstore.ts"
import { growth } from "./growth/growth.ts"
import { ingest } from "./ingest/ingest.ts"
import { latency } from "./latency/latency.ts"
import { rebuilding } from "./rebuild/rebuild.ts"
import { replay } from "./replay/replay.ts"
import { start } from "./start/start.ts"
import { vectors } from "./vectors/vectors.ts"
import { verify } from "./verify/verify.ts"
import { whatIf } from "./what-if/whatIf.ts"

// `npm run bench` runs all of these; `npm run bench -- replay start` some. Every figure stands
// beside its baseline, measured in the same run, in turn. All of it takes an hour and a half; with
// `--captures 300000 --runs 3` it is shorter.
const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    vectors: { type: "string", default: "100000" },
    findings: { type: "string", default: "100000" },
    captures: { type: "string", default: "1000000" },
  },
})
const runs = Number(values.runs)
const captures = Number(values.captures)
const all: Readonly<Record<string, () => void | Promise<void>>> = {
  start: () => start(runs * 3),
  ingest: () => ingest(2_400_000, runs),
  replay: () => replay(captures, runs),
  growth: () => growth(captures, runs),
  vectors: () => vectors(Number(values.vectors), runs),
  latency: () => latency(runs),
  eventstore: () => eventstore(Math.min(captures, 100_000), runs),
  "as-of": () => lookingBack(Math.min(captures, 100_000), runs * 4),
  verify: () => verify(Number(values.findings), runs),
  rebuild: () => rebuilding(Math.min(captures, 200_000), runs),
  "what-if": () => whatIf(captures, runs),
}

const [processor] = cpus()
console.log(`${cpus().length} x ${processor?.model ?? "unknown"}, Node.js ${process.version}`)
const unknown = asked.filter((name) => all[name] === undefined)
if (unknown.length > 0) {
  console.error(
    `no benchmark is called ${unknown.join(", ")}: there are ${Object.keys(all).join(", ")}`,
  )
  process.exit(2)
}
for (const name of asked.length > 0 ? asked : Object.keys(all)) await all[name]?.()
