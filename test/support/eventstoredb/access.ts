import type { Metadata } from "@grpc/grpc-js"
import type { NodeContext } from "./Cluster.ts"
import { certifiedAs } from "./certifiedUser.ts"
import type { Refusal } from "./Refusal.ts"
import type { User } from "./ServerSettings.ts"

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
): Refusal | undefined => {
  const user = refusedUser(cluster.settings.users, metadata, access)
  if (user !== undefined) return user
  const role = refusedRole(cluster, index, metadata, access)
  if (role !== undefined) cluster.traffic.leaderless++
  return role
}

const refusedUser = (
  users: NodeContext["cluster"]["settings"]["users"],
  metadata: Metadata,
  { stream, write }: Access,
): Refusal | undefined => {
  if (users.length === 0) return undefined
  const [certified] = metadata.get(certifiedAs)
  const [header] = metadata.get("authorization")
  const user =
    certified === undefined
      ? header === undefined
        ? undefined
        : userLoggedOn(users, String(header))
      : users.find(({ name }) => name === certified)
  if (user === undefined) {
    // Nobody is not let in since 23.10.
    return { kind: header === undefined ? "access-denied" : "unauthenticated" }
  }
  if (write && user.mayAppend === false) return { kind: "access-denied" }
  return stream.startsWith("$") && !user.admin ? { kind: "access-denied" } : undefined
}

/** Who logs on with a header of HTTP, if it is somebody. */
export const userLoggedOn = (users: ReadonlyArray<User>, header: string): User | undefined => {
  const [name, password] = Buffer.from(header.replace(/^Basic /i, ""), "base64")
    .toString("utf8")
    .split(/:(.*)/s)
  return users.find((one) => one.name === name && one.password === password)
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
