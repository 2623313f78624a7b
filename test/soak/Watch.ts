import type { TestServer } from "../support/eventstoredb/TestServer.ts"
import type { CallKind } from "../support/eventstoredb/Traffic.ts"
import type { Report } from "./Report.ts"

/** Seconds in which nothing is appended, or nothing delivered, after which it counts as stalled. */
export const longestStall = 20
/** How many calls of a kind a service has open on its server, but for moments. */
const mostOpen: { readonly [Kind in CallKind]?: number } = {
  subscription: 2,
  read: 2,
  batch: 1,
  append: 1,
}
const mostConnections = 3
/**
 * Seconds in a row in which there may be more. Connections to nodes that were asked for a leader in
 * vain are made when the nodes are back, and closed within ten seconds.
 */
const longestExcess = { calls: 5, connections: 15 }
/** How much more there may be at the end than there was at the beginning. */
const mostGrowth = {
  megabytes: { factor: 1.1, more: 3 },
  resources: { factor: 1, more: 10 },
}

const median = (some: ReadonlyArray<number>): number =>
  some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0

/** Watches a service second by second, from both sides, and says what is wrong with it. */
export class Watch {
  readonly #server: TestServer
  readonly #reports: Array<Report> = []
  readonly #excess = new Map<string, number>()
  readonly #problems = new Set<string>()
  readonly #still = { appended: 0, delivered: 0 }
  longestStill = 0

  constructor(server: TestServer) {
    this.#server = server
  }

  /** Takes what the service says of itself, every second. */
  take(report: Report): void {
    const before = this.#reports.at(-1)
    this.#reports.push(report)
    for (const what of ["appended", "delivered"] as const) {
      this.#still[what] = report[what] === before?.[what] ? this.#still[what] + 1 : 0
      this.longestStill = Math.max(this.longestStill, this.#still[what])
      if (this.#still[what] > longestStall) {
        this.#problems.add(`nothing was ${what} for more than ${longestStall} s`)
      }
    }
  }

  /** Looks at the server, every second. */
  look(): void {
    const { connections, traffic } = this.#server
    for (const [kind, most] of Object.entries(mostOpen)) {
      const open = traffic.open(kind as CallKind) // its key above
      this.#count(`calls of kind ${kind}`, open, most, longestExcess.calls)
    }
    this.#count("connections", connections, mostConnections, longestExcess.connections)
  }

  #count(what: string, open: number, most: number, longest: number): void {
    const seconds = open > most ? (this.#excess.get(what) ?? 0) + 1 : 0
    this.#excess.set(what, seconds)
    if (seconds > longest) {
      this.#problems.add(`${what} are left open on the server: more than ${most}`)
    }
  }

  /** The medians of the second quarter of the time and of the last. */
  growth(of: keyof typeof mostGrowth): readonly [early: number, late: number] {
    const all = this.#reports.map((report) => report[of])
    const quarter = Math.floor(all.length / 4)
    return [median(all.slice(quarter, 2 * quarter)), median(all.slice(-quarter))]
  }

  get problems(): ReadonlyArray<string> {
    for (const what of ["megabytes", "resources"] as const) {
      const { factor, more } = mostGrowth[what]
      const [early, late] = this.growth(what)
      if (late > early * factor + more) {
        this.#problems.add(`the ${what} grew from ${early.toFixed(1)} to ${late.toFixed(1)}`)
      }
    }
    return [...this.#problems]
  }
}
