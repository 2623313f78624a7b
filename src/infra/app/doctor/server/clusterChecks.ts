import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { EventStoreSettings, Host } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"
import { type Check, ok, problem, unknown, warning } from "../Check.ts"
import { askNode } from "./askNode.ts"

const Gossip = Schema.Struct({
  members: Schema.Array(
    Schema.Struct({
      state: Schema.String,
      isAlive: Schema.Boolean,
      httpEndPointIp: Schema.String,
      httpEndPointPort: Schema.Int,
    }),
  ),
})
type Member = (typeof Gossip.Type)["members"][number]

const decode = Schema.decodeUnknownOption(Gossip)

/** Who is in the cluster by what one of its nodes says, and whether all can be reached from here. */
export const clusterChecks = Effect.fnUntraced(function* (
  settings: EventStoreSettings,
  host: Host,
): Effect.fn.Return<ReadonlyArray<Check>> {
  const answer = yield* askNode(settings, host, "/gossip")
  const gossip = Option.getOrUndefined(decode(answer?.body))
  if (gossip === undefined) {
    return [unknown("cluster", "the server does not say who belongs to it")]
  }
  const { members } = gossip
  const leader = members.find(({ state, isAlive }) => isAlive && state === "Leader")
  const dead = members.filter(({ isAlive }) => !isAlive)
  const list = members.map((member) => `${nameOf(member)} ${stateOf(member)}`).join(", ")
  if (leader === undefined) {
    return [
      problem(
        "cluster",
        `no node leads: ${list}`,
        "see that most nodes run and reach one another; until then nothing can be appended",
      ),
    ]
  }
  return [
    dead.length === 0
      ? ok("cluster", list)
      : warning(
          "cluster",
          list,
          `bring ${dead.map(nameOf).join(", ")} back: with less than half of the nodes nothing can be appended`,
        ),
    ...(members.length === 1 ? [] : yield* unreachable(settings, members)),
    ...(settings.find === "node" && members.length > 1 ? [single(members)] : []),
  ]
})

const single = (members: ReadonlyArray<Member>): Check =>
  warning(
    "address",
    `it names one node of a cluster of ${members.length}: while that one is down, nothing works`,
    `name all: esdb://${members.map(nameOf).join(",")}`,
  )

const nameOf = ({ httpEndPointIp, httpEndPointPort }: Member): string =>
  `${httpEndPointIp}:${httpEndPointPort}`

const stateOf = ({ state, isAlive }: Member): string => (isAlive ? state.toLowerCase() : "dead")

// The client goes to the leader by the address that the nodes give, which may be good among them alone.
const unreachable = Effect.fnUntraced(function* (
  settings: EventStoreSettings,
  members: ReadonlyArray<Member>,
): Effect.fn.Return<ReadonlyArray<Check>> {
  const answers = yield* Effect.forEach(
    members.filter(({ isAlive }) => isAlive),
    (member) =>
      Effect.map(
        askNode(
          settings,
          { address: member.httpEndPointIp, port: member.httpEndPointPort },
          "/info",
        ),
        (answer) => (answer === undefined ? [member] : []),
      ),
    { concurrency: 8 },
  )
  return answers
    .flat()
    .map((member) =>
      problem(
        `node ${nameOf(member)}`,
        "it is alive to the other nodes, but does not answer by this address from here, or not as trusted",
        "let it advertise an address that is good here, and in its certificate (AdvertiseHostToClientAs, AdvertiseNodePortToClientAs)",
      ),
    )
})
