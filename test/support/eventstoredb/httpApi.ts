import { once } from "node:events"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { userLoggedOn } from "./access.ts"
import type { NodeContext } from "./Cluster.ts"
import type { Certificate } from "./certificate.ts"

/** What a node answers over HTTP/1.1. */
export interface HttpApi {
  readonly port: number
  readonly stop: () => void
}

/** The few questions that may be asked without gRPC: what it is, and how it was started. */
export const httpApi = async (
  node: NodeContext,
  certificate: Certificate | undefined,
): Promise<HttpApi> => {
  const listener = answering(node)
  const server =
    certificate === undefined
      ? createServer(listener)
      : createTlsServer(
          {
            cert: certificate.cert,
            key: certificate.key,
            ca: certificate.cert,
            requestCert: node.cluster.settings.userCertificates,
          },
          listener,
        )
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  return {
    port: address !== null && typeof address === "object" ? address.port : 0,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const answering =
  (node: NodeContext): RequestListener =>
  (request, response) => {
    const [status, body] = answerTo(node, request)
    const { clockSkew } = node.cluster.settings
    response.setHeader("Date", new Date(Date.now() + clockSkew).toUTCString())
    response.statusCode = status
    response.setHeader("Content-Type", "application/json")
    response.end(JSON.stringify(body))
  }

const answerTo = (
  { cluster, index }: NodeContext,
  request: IncomingMessage,
): readonly [status: number, body: unknown] => {
  const { settings } = cluster
  const header = request.headers.authorization
  const user = header === undefined ? undefined : userLoggedOn(settings.users, header)
  const mayDoAll = settings.users.length === 0 || user?.admin === true
  switch (request.url) {
    case "/info":
      return [
        200,
        {
          esVersion: settings.saysVersion ?? `${settings.version}.0.0`,
          state: stateOf(cluster.leader(), index).toLowerCase(),
          features: { projections: settings.projections !== undefined },
        },
      ]
    case "/info/options":
      return mayDoAll
        ? [200, [{ name: "MaxAppendSize", value: String(settings.maxAppendSize) }]]
        : [401, null]
    case "/gossip":
      return [
        200,
        {
          members: cluster.members().map(({ alive, endpoint, id }, member) => ({
            instanceId: id,
            timeStamp: new Date(Date.now() + settings.clockSkew).toISOString(),
            state: stateOf(cluster.leader(), member),
            isAlive: alive,
            httpEndPointIp: endpoint.host,
            httpEndPointPort: endpoint.port,
            esVersion: settings.saysVersion ?? `${settings.version}.0.0`,
          })),
        },
      ]
    case "/projections/continuous":
      if (settings.users.length > 0 && user === undefined) return [401, null]
      return [
        200,
        {
          projections: Object.entries(settings.projections ?? {}).map(([name, status]) => ({
            name,
            status,
          })),
        },
      ]
    default:
      return [404, null]
  }
}

const stateOf = (leader: number | undefined, index: number): string =>
  leader === undefined ? "Unknown" : leader === index ? "Leader" : "Follower"
