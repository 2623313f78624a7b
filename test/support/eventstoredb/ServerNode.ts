import { randomUUID } from "node:crypto"
import { GossipService } from "@eventstore/db-client/generated/gossip_grpc_pb.js"
import { PersistentSubscriptionsService } from "@eventstore/db-client/generated/persistent_grpc_pb.js"
import { ServerFeaturesService } from "@eventstore/db-client/generated/serverfeatures_grpc_pb.js"
import { StreamsService } from "@eventstore/db-client/generated/streams_grpc_pb.js"
import { Server, type ServerCredentials } from "@grpc/grpc-js"
import { batchAppend } from "./batchAppend.ts"
import type { Cluster, Member, NodeContext } from "./Cluster.ts"
import type { Certificate } from "./certificate.ts"
import { certifiedUser } from "./certifiedUser.ts"
import { softDelete, tombstone } from "./deletion.ts"
import { gossip } from "./gossip.ts"
import { type HttpApi, httpApi } from "./httpApi.ts"
import { Link } from "./Link.ts"
import { persistentSubscriptions } from "./persistentSubscriptions.ts"
import { read } from "./read.ts"
import { serverFeatures } from "./serverFeatures.ts"
import { unaryAppend } from "./unaryAppend.ts"

/** One node: a gRPC server and the wire before it. */
export class ServerNode {
  readonly id = randomUUID()
  readonly link: Link
  readonly #server: Server
  readonly #http: HttpApi
  #up = true

  private constructor(server: Server, http: HttpApi, link: Link) {
    this.#server = server
    this.#http = http
    this.link = link
  }

  static async start(
    cluster: Cluster,
    index: number,
    credentials: ServerCredentials,
    certificate: Certificate | undefined,
  ): Promise<ServerNode> {
    const server = new Server({
      "grpc.max_concurrent_streams": cluster.settings.maxStreams,
      "grpc.max_receive_message_length": 17 * 1024 * 1024,
      interceptors: [certifiedUser],
    })
    const node: NodeContext = { cluster, index, cutCall: (peer) => link.cutCall(peer) }
    server.addService(StreamsService, {
      read: read(node),
      append: unaryAppend(node),
      batchAppend: batchAppend(node),
      delete: softDelete(node),
      tombstone: tombstone(node),
    })
    server.addService(PersistentSubscriptionsService, persistentSubscriptions(node))
    server.addService(GossipService, { read: gossip(node) })
    server.addService(ServerFeaturesService, { getSupportedMethods: serverFeatures(node) })
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    const http = await httpApi(node, certificate)
    const link = new Link(port, http.port)
    await link.open()
    return new ServerNode(server, http, link)
  }

  get member(): Member {
    return { id: this.id, endpoint: this.link.endpoint, alive: this.#up }
  }

  /** As if the process were killed; what is committed stays. */
  async down(): Promise<void> {
    this.#up = false
    await this.link.close()
  }

  async up(): Promise<void> {
    await this.link.open()
    this.#up = true
  }

  async stop(): Promise<void> {
    await this.link.close()
    this.#server.forceShutdown()
    this.#http.stop()
  }
}
