import { spawnSync } from "node:child_process"

/** What one run of one side of a benchmark took. */
export interface Run {
  readonly events: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMegabytes: number
}

/** The least, the middle and the greatest of some figures. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export const spread = (figures: ReadonlyArray<number>): Spread => {
  const sorted = [...figures].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) }
}

/** How `bin/credtrail` starts Node.js; the baselines are given the same. */
export const heapFlags = ["--max-old-space-size=192", "--max-semi-space-size=16"]

/** Runs a script of the benchmark in a process of its own and reads the one JSON line it prints. */
export const runSide = (script: string, ...args: ReadonlyArray<string>): Run => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...heapFlags, script, ...args], {
    encoding: "utf8",
    maxBuffer: 1e8,
  })
  const last = stdout.trim().split("\n").at(-1)
  if (status !== 0 || last === undefined) {
    throw new Error(`${script} ${args.join(" ")} failed:\n${stdout}${stderr}`)
  }
  return JSON.parse(last) // printed by our own script, in the shape of a run
}

/**
 * Runs two sides in turn, A B A B ..., so that both see the same machine, and prints the ratio of
 * their events a second pair by pair: above 1 is how many times faster A is.
 */
export const paired = (
  title: string,
  runs: number,
  a: () => Run,
  b: () => Run,
): { readonly ratio: Spread; readonly a: ReadonlyArray<Run>; readonly b: ReadonlyArray<Run> } => {
  const as: Array<Run> = []
  const bs: Array<Run> = []
  for (let index = 0; index < runs; index++) {
    as.push(a())
    bs.push(b())
  }
  const ratio = spread(as.map((run, index) => rate(run) / rate(bs[index] ?? run)))
  console.log(`\n${title} (${runs} pairs, ${as[0]?.events ?? 0} events)`)
  console.log(row("ours, events/s", spread(as.map(rate))))
  console.log(row("baseline, events/s", spread(bs.map(rate))))
  console.log(row("ratio", ratio, 2))
  console.log(row("ours, CPU us/event", spread(as.map(cpu)), 1))
  console.log(row("baseline, CPU us/event", spread(bs.map(cpu)), 1))
  console.log(row("ours, peak MB", spread(as.map((run) => run.peakMegabytes))))
  return { ratio, a: as, b: bs }
}

const rate = ({ events, seconds }: Run): number => events / seconds
const cpu = ({ events, cpuSeconds }: Run): number => (cpuSeconds * 1e6) / events

/** A line of figures: min, median and max. */
export const row = (name: string, { min, median, max }: Spread, digits = 0): string =>
  `  ${name.padEnd(28)} min ${figure(min, digits)}  median ${figure(median, digits)}  max ${figure(max, digits)}`

const figure = (value: number, digits: number): string =>
  value
    .toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .padStart(10)
