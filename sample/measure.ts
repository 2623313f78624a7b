import { parseArgs } from "node:util"
import { defaultPolicy, isComparable } from "../src/domain/finding/policy.ts"
import { generateCaptures } from "./generator/captures.ts"
import { defaultOptions } from "./generator/plan.ts"

// The ratios of README.md, of the captures that the generator makes: of the whole fleet and, as
// real logs come from single hosts, of the first attempts on each decky.
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    captures: { type: "string" },
    deckies: { type: "string" },
    days: { type: "string" },
    first: { type: "string", default: "6000" },
  },
})
const options = {
  seed: Number(values.seed ?? defaultOptions.seed),
  captures: Number(values.captures ?? defaultOptions.captures),
  deckies: Number(values.deckies ?? defaultOptions.deckies),
  days: Number(values.days ?? defaultOptions.days),
}
const first = Number(values.first)

interface Tally {
  attempts: number
  empty: number
  readonly credentials: Set<string>
  readonly keys: Map<string, number>
  readonly keyTargets: Map<string, Set<string>>
  readonly keyAddresses: Map<string, number>
  readonly addresses: Map<string, number>
  readonly principals: Map<string, number>
  readonly secrets: Set<string>
}

const tally = (): Tally => ({
  attempts: 0,
  empty: 0,
  credentials: new Set(),
  keys: new Map(),
  keyTargets: new Map(),
  keyAddresses: new Map(),
  addresses: new Map(),
  principals: new Map(),
  secrets: new Set(),
})

const addOne = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

const fleet = tally()
const hosts = new Map<string, Tally>()
const started = performance.now()
for (const capture of generateCaptures(options)) {
  const { secret } = capture
  const principal = capture.principal ?? ""
  const key = `${secret?.kind} ${secret?.digest} ${principal}`
  const ip = capture.attackerIp ?? ""
  const host = hosts.get(capture.decky) ?? tally()
  hosts.set(capture.decky, host)
  for (const counts of host.attempts < first ? [fleet, host] : [fleet]) {
    counts.attempts += 1
    if (secret === null || secret.lengthClass === "0") counts.empty += 1
    const credential = `${ip} ${capture.decky} ${capture.service} ${key}`
    if (!counts.credentials.has(`${ip} ${key}`)) addOne(counts.keyAddresses, key)
    counts.credentials.add(`${ip} ${key}`).add(`=${credential}`)
    addOne(counts.keys, key)
    addOne(counts.addresses, ip)
    addOne(counts.principals, principal)
    counts.secrets.add(`${secret?.digest}`)
    if (isComparable(defaultPolicy, secret)) {
      const targets = counts.keyTargets.get(key) ?? new Set()
      counts.keyTargets.set(key, targets.add(`${capture.decky} ${capture.service}`))
    }
  }
}

const top = (counts: ReadonlyMap<string, number>, many: number): number =>
  [...counts.values()]
    .sort((one, other) => other - one)
    .slice(0, many)
    .reduce((sum, count) => sum + count, 0)

const report = (name: string, counts: Tally): void => {
  const per = (count: number): string => (count / counts.attempts).toFixed(4)
  const perAddress = [...counts.addresses.values()].sort((one, other) => one - other)
  const findings = [...counts.keyTargets.values()].filter(({ size }) => size > 1).length
  const credentials = [...counts.credentials].filter((text) => text.startsWith("=")).length
  const once = [...counts.keys.values()].filter((count) => count === 1).length
  const shared = [...counts.keyAddresses.values()].filter((count) => count > 1).length
  console.log(
    `${name}: attempts ${counts.attempts}, per attempt: credentials ${per(credentials)}, keys ${per(counts.keys.size)}, ` +
      `addresses ${per(counts.addresses.size)} (${counts.addresses.size}), principals ${per(counts.principals.size)}, secrets ${per(counts.secrets.size)}, ` +
      `empty ${per(counts.empty)}; top address ${per(top(counts.addresses, 1))}, top 10 ${per(top(counts.addresses, 10))}, ` +
      `attempts an address: median ${perAddress[perAddress.length >> 1]}, most ${perAddress.at(-1)}; ` +
      `top key ${per(top(counts.keys, 1))}, top 10 ${per(top(counts.keys, 10))}, top 100 ${per(top(counts.keys, 100))}, ` +
      `seen once ${(once / counts.keys.size).toFixed(2)}, of several addresses ${(shared / counts.keys.size).toFixed(2)}; findings ${findings}`,
  )
}

report("fleet", fleet)
for (const [decky, counts] of hosts) report(decky, counts)
console.log(
  `${((performance.now() - started) / 1000).toFixed(1)} s, ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
)
