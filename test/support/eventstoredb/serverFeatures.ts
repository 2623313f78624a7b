import serverfeatures from "@eventstore/db-client/generated/serverfeatures_pb.js"
import type shared from "@eventstore/db-client/generated/shared_pb.js"
import type { handleUnaryCall } from "@grpc/grpc-js"
import type { NodeContext } from "./Cluster.ts"
import { unaryFault } from "./unaryFault.ts"

const streams = "event_store.client.streams.streams"
const persistent = "event_store.client.persistent_subscriptions.persistentsubscriptions"

/** `ServerFeatures/GetSupportedMethods`: the version, and which calls there are. */
export const serverFeatures =
  (node: NodeContext): handleUnaryCall<shared.Empty, serverfeatures.SupportedMethods> =>
  (call, callback) => {
    const { cluster } = node
    const over = cluster.traffic.begin("features")
    call.on("cancelled", over)
    unaryFault(node, call, cluster.faults.next("features"), (error) => {
      over()
      if (error !== undefined) return callback(error)
      const { batchAppend, version } = cluster.settings
      const methods = [
        method(streams, "append"),
        method(streams, "read", "position", "events"),
        method(persistent, "create", "stream", "all"),
        method(persistent, "read", "stream", "all"),
        ...(batchAppend ? [method(streams, "batchappend", "deadline_duration")] : []),
      ]
      const supported = new serverfeatures.SupportedMethods()
      callback(null, supported.setEventStoreServerVersion(`${version}.0.0`).setMethodsList(methods))
    })
  }

const method = (
  service: string,
  name: string,
  ...features: Array<string>
): serverfeatures.SupportedMethod =>
  new serverfeatures.SupportedMethod()
    .setServiceName(service)
    .setMethodName(name)
    .setFeaturesList(features)
