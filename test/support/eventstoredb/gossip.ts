import gossipPb from "@eventstore/db-client/generated/gossip_pb.js"
import type shared from "@eventstore/db-client/generated/shared_pb.js"
import type { handleUnaryCall } from "@grpc/grpc-js"
import type { NodeContext } from "./Cluster.ts"
import { unaryFault } from "./unaryFault.ts"
import { uuidMessage } from "./uuid.ts"

/** Of 100 ns each, as the server counts them since 1970. */
const ticksPerMilli = 10_000

/** `Gossip/Read`: who is in the cluster, where, and what each of them is. */
export const gossip =
  (node: NodeContext): handleUnaryCall<shared.Empty, gossipPb.ClusterInfo> =>
  (call, callback) => {
    const { cluster } = node
    const over = cluster.traffic.begin("gossip")
    call.on("cancelled", over)
    unaryFault(node, call, cluster.faults.next("gossip"), (error) => {
      over()
      if (error !== undefined) return callback(error)
      const states = gossipPb.MemberInfo.VNodeState
      const leader = cluster.leader()
      if (leader === undefined) cluster.traffic.leaderless++
      const members = cluster.members().map(({ alive, endpoint, id }, index) =>
        new gossipPb.MemberInfo()
          .setInstanceId(uuidMessage(id))
          .setTimeStamp(String((Date.now() + cluster.settings.clockSkew) * ticksPerMilli))
          .setIsAlive(alive)
          .setHttpEndPoint(new gossipPb.EndPoint().setAddress(endpoint.host).setPort(endpoint.port))
          .setState(
            leader === undefined
              ? states.UNKNOWN
              : index === leader
                ? states.LEADER
                : states.FOLLOWER,
          ),
      )
      callback(null, new gossipPb.ClusterInfo().setMembersList(members))
    })
  }
