import { mkdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { writeFleet } from "../../sample/generator/writeFleet.ts"
import { paired, runSide } from "../paired.ts"
import { temporary } from "../temporary.ts"

const script = join(import.meta.dirname, "side.ts")

/** Ingest: a Cowrie file to appended events, beside bare loops that trust every line. */
export const ingest = (captures: number, runs: number): void => {
  const directory = temporary("ingest")
  const manifest = writeFleet(join(directory, "fleet"), { seed: 1, captures, deckies: 6, days: 1 })
  const largest = manifest.files
    .filter(({ format, path }) => format === "cowrie" && !path.endsWith(".gz"))
    .sort((a, b) => b.lines - a.lines)[0]
  if (largest === undefined) throw new Error("the fleet has no plain Cowrie log")
  const file = join(directory, "fleet", largest.path)
  const fresh = (which: string): string => {
    const data = join(directory, which)
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data)
    return data
  }
  const megabytes = (statSync(file).size / 1e6).toFixed(0)
  const loops = {
    bare: "a bare loop that does the same",
    captures: "a bare loop that appends the captures only, without fingerprints",
  }
  for (const [which, loop] of Object.entries(loops)) {
    paired(
      `ingest: a Cowrie file of ${megabytes} MB and ${largest.attempts} attempts, beside ${loop}; events are lines`,
      runs,
      () => runSide(script, "ingest", file, fresh("ours")),
      () => runSide(script, which, file, fresh(which)),
    )
  }
}
