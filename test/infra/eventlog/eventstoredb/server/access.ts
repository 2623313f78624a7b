import type { Metadata } from "@grpc/grpc-js"
import type { NodeContext } from "./Cluster.ts"
import type { Refusal } from "./Refusal.ts"

/** What a call is about to do; `stream` is `$all` for the whole log. */
export interface Access {
  readonly stream: string
  readonly write: boolean
}

/** Why a call may not go on at this node, if it may not: who calls, and whether the node leads. */
export const refusedAccess = (
  { cluster, index }: NodeContext,
  metadata: Metadata,
  access: Access,
): Refusal | undefined =>
  refusedUser(cluster.settings.users, metadata, access) ??
  refusedRole(cluster, index, metadata, access)

const refusedUser = (
  users: NodeContext["cluster"]["settings"]["users"],
  metadata: Metadata,
  { stream }: Access,
): Refusal | undefined => {
  if (users.length === 0) return undefined
  const [header] = metadata.get("authorization")
  if (header === undefined) return { kind: "access-denied" } // nobody is not let in since 23.10
  const [name, password] = Buffer.from(String(header).replace(/^Basic /i, ""), "base64")
    .toString("utf8")
    .split(/:(.*)/s)
  const user = users.find((one) => one.name === name && one.password === password)
  if (user === undefined) return { kind: "unauthenticated" }
  return stream.startsWith("$") && !user.admin ? { kind: "access-denied" } : undefined
}

// Without the header a follower answers reads itself and passes writes on to the leader.
const refusedRole = (
  cluster: NodeContext["cluster"],
  index: number,
  metadata: Metadata,
  { write }: Access,
): Refusal | undefined => {
  const leader = cluster.leader()
  const needsLeader = metadata.get("requires-leader").includes("true")
  if (leader === undefined) {
    if (write) return { kind: "not-ready" }
    return needsLeader ? { kind: "no-leader" } : undefined
  }
  if (leader === index || !needsLeader) return undefined
  const member = cluster.members()[leader]
  return member === undefined
    ? { kind: "no-leader" }
    : { kind: "not-leader", leader: member.endpoint }
}
