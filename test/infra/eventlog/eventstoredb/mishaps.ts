import type { AppendFault, CallFault } from "./server/Faults.ts"
import type { Refusal } from "./server/Refusal.ts"
import type { TestServer } from "./server/TestServer.ts"

/** Something that goes wrong with a server, and passes. */
export interface Mishap {
  readonly name: string
  readonly befall: (server: TestServer) => void
}

/** How long what passes by itself lasts, in milliseconds. */
const passing = 60

const refusals: ReadonlyArray<Refusal> = [
  { kind: "not-ready" },
  { kind: "too-busy" },
  { kind: "no-leader" },
  { kind: "timeout", of: "commit" },
  { kind: "unavailable" },
  { kind: "cancelled" },
  { kind: "internal" },
]

const appendFaults: ReadonlyArray<AppendFault> = [
  ...(["before", "after"] as const).flatMap(
    (when): ReadonlyArray<AppendFault> => [
      { kind: "drop", when },
      { kind: "silence", when },
      { kind: "end", when },
      ...refusals.map((refusal): AppendFault => ({ kind: "refuse", with: refusal, when })),
    ],
  ),
  { kind: "late", millis: passing },
  { kind: "unknown-error" },
  { kind: "no-details" },
  { kind: "strange-answer" },
]

const callFaults: ReadonlyArray<CallFault> = [
  { kind: "drop" },
  { kind: "silence" },
  { kind: "late", millis: passing },
  ...refusals.map((refusal): CallFault => ({ kind: "refuse", with: refusal })),
]

const nameOf = (call: string, fault: AppendFault | CallFault): string =>
  [
    call,
    fault.kind,
    ...("with" in fault ? [fault.with.kind] : []),
    ...("when" in fault ? [fault.when] : []),
  ].join(" ")

const ends = ["end", "silence", ...refusals] as const

/** Everything that can go wrong with a server and is over after a while. */
export const mishaps: ReadonlyArray<Mishap> = [
  ...appendFaults.map((fault) => ({
    name: nameOf("append", fault),
    befall: (server: TestServer) => server.faults.order("append", fault),
  })),
  ...(["read", "subscribe", "features", "gossip"] as const).flatMap((call) =>
    callFaults.map((fault) => ({
      name: nameOf(call, fault),
      befall: (server: TestServer) => server.faults.order(call, fault),
    })),
  ),
  ...ends.map((how) => ({
    name: `subscriptions ${typeof how === "string" ? how : how.kind}`,
    befall: (server: TestServer) => server.endSubscriptions(how),
  })),
  {
    name: "new subscriptions end",
    befall: (server) => server.faults.order("subscribe", { kind: "end" }),
  },
  { name: "cut", befall: (server) => server.cut() },
  {
    name: "frozen",
    befall: (server) => {
      server.freeze()
      setTimeout(() => server.thaw(), passing)
    },
  },
  {
    name: "down",
    befall: (server) => {
      void server.down().then(() => setTimeout(() => void server.up(), passing))
    },
  },
  {
    name: "election",
    befall: (server) => {
      server.loseLeader()
      setTimeout(() => server.lead(server.nodes.length - 1), passing)
    },
  },
  { name: "another leader", befall: (server) => server.lead(0) },
  {
    name: "early checkpoints",
    befall: (server) => {
      server.faults.earlyCheckpoints = true
    },
  },
]
