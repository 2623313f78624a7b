import type { AppendFault, CallFault, FaultsByCall } from "../../../support/eventstoredb/Faults.ts"
import type { Refusal } from "../../../support/eventstoredb/Refusal.ts"
import type { TestServer } from "../../../support/eventstoredb/TestServer.ts"

/** Something that goes wrong with a server that is in use, and passes. */
export interface Mishap {
  readonly name: string
  /** Lets it go wrong; answers whether that has come to a call or a connection by now. */
  readonly befall: (server: TestServer) => () => boolean
}

/**
 * How long what passes by itself lasts, in milliseconds: less than a call may take, more, and more
 * than a client looks for a leader.
 */
const [passing, lasting, long] = [60, 800, 1_500]

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
  { kind: "late", millis: lasting },
  { kind: "unknown-error" },
  { kind: "no-details" },
  { kind: "strange-answer" },
]

const callFaults: ReadonlyArray<CallFault> = [
  { kind: "drop" },
  { kind: "silence" },
  { kind: "late", millis: passing },
  { kind: "late", millis: lasting },
  ...refusals.map((refusal): CallFault => ({ kind: "refuse", with: refusal })),
]

const nameOf = (call: string, fault: AppendFault | CallFault): string =>
  [
    call,
    fault.kind,
    ...("with" in fault ? [fault.with.kind] : []),
    ...("when" in fault ? [fault.when] : []),
    ...("millis" in fault ? [fault.millis] : []),
  ].join(" ")

/** What makes a client that is connected and subscribed do such a call. */
const provoked: { readonly [Call in keyof FaultsByCall]?: (server: TestServer) => void } = {
  read: (server) => server.endSubscriptions("end"),
  subscribe: (server) => server.endSubscriptions("end"),
  features: (server) => server.cut(),
  gossip: (server) => server.cut(),
}

const faulty = <Call extends keyof FaultsByCall>(
  call: Call,
  fault: FaultsByCall[Call],
): Mishap => ({
  name: nameOf(call, fault),
  befall: (server) => {
    const order = server.faults.order(call, fault)
    provoked[call]?.(server)
    return () => order.hits > 0
  },
})

/** Something that happens to all connections, and does nothing where there are none. */
const wire = (name: string, happen: (server: TestServer) => void): Mishap => ({
  name,
  befall: (server) => {
    const hit = server.connections > 0
    happen(server)
    return () => hit
  },
})

const nextLeader = ({ leader = 0, nodes }: TestServer): number => (leader + 1) % nodes.length

/** Does something as soon as something else is so. */
const once = (isSo: () => boolean, act: () => void): void => {
  const look = setInterval(() => {
    if (!isSo()) return
    clearInterval(look)
    act()
  }, 5)
  look.unref()
}

const ends = ["end", "silence", ...refusals] as const

const ofEveryServer: ReadonlyArray<Mishap> = [
  ...appendFaults.map((fault) => faulty("append", fault)),
  ...callFaults.flatMap((fault) =>
    (["read", "subscribe", "features"] as const).map((call) => faulty(call, fault)),
  ),
  faulty("subscribe", { kind: "end" }),
  ...ends.map(
    (how): Mishap => ({
      name: `subscriptions ${typeof how === "string" ? how : how.kind}`,
      befall: (server) => {
        const ended = server.endSubscriptions(how)
        return () => ended > 0
      },
    }),
  ),
  wire("cut", (server) => server.cut()),
  ...[passing, lasting].map((millis) =>
    wire(`frozen ${millis}`, (server) => {
      server.freeze()
      setTimeout(() => server.thaw(), millis)
    }),
  ),
  wire("slow", (server) => {
    server.slow(passing)
    setTimeout(() => server.slow(0), lasting)
  }),
  ...[passing, long].map((millis) =>
    wire(`down ${millis}`, (server) => {
      void server.down().then(() => setTimeout(() => void server.up(), millis))
    }),
  ),
  {
    name: "election",
    befall: (server) => {
      const before = server.traffic.leaderless
      const noticed = (): boolean => server.traffic.leaderless > before
      const next = nextLeader(server)
      server.loseLeader()
      once(noticed, () => setTimeout(() => server.lead(next), passing).unref())
      return noticed
    },
  },
  {
    name: "another leader between a write and its answer",
    befall: (server) => {
      const order = server.faults.order("append", { kind: "silence", when: "after" })
      once(
        () => order.hits > 0,
        () => server.lead(nextLeader(server)),
      )
      return () => order.hits > 0
    },
  },
  {
    name: "early checkpoints",
    befall: (server) => {
      const before = server.faults.earlyCheckpointsSent
      server.faults.earlyCheckpoints = true
      return () => server.faults.earlyCheckpointsSent > before
    },
  },
]

const ofClusters: ReadonlyArray<Mishap> = [
  ...callFaults.map((fault) => faulty("gossip", fault)),
  {
    name: "another leader",
    befall: (server) => {
      const next = nextLeader(server)
      server.lead(next)
      let found = false
      once(
        () => (server.nodes[next]?.link.connections ?? 0) > 0,
        () => {
          found = true
        },
      )
      // Another mishap may have made another one lead before anybody came.
      return () => found || server.leader !== next
    },
  },
  wire("the leader dies", (server) => {
    const leader = server.nodes[server.leader ?? 0]
    server.lead(nextLeader(server))
    void leader?.down().then(() => setTimeout(() => void leader.up(), long))
  }),
  {
    name: "append refuse not-leader",
    befall: (server) => {
      const leader = server.nodes[server.leader ?? 0]?.link.endpoint
      if (leader === undefined) throw new Error("every server has a node")
      return faulty("append", { kind: "refuse", with: { kind: "not-leader", leader } }).befall(
        server,
      )
    },
  },
]

/** Everything that can go wrong with a server of so many nodes and is over after a while. */
export const mishaps = (nodes: number): ReadonlyArray<Mishap> =>
  nodes > 1 ? [...ofEveryServer, ...ofClusters] : ofEveryServer
