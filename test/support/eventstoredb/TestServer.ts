import { ServerCredentials } from "@grpc/grpc-js"
import type { Cluster } from "./Cluster.ts"
import { type Certificate, makeCertificate } from "./certificate.ts"
import { Faults } from "./Faults.ts"
import type { PersistentGroup } from "./PersistentGroup.ts"
import { ServerNode } from "./ServerNode.ts"
import { defaultSettings, type ServerSettings } from "./ServerSettings.ts"
import { type SubscriptionEnd, Subscriptions } from "./Subscriptions.ts"
import { Traffic } from "./Traffic.ts"
import { TransactionLog } from "./TransactionLog.ts"

/**
 * A double of EventStoreDB, one node or a cluster of several that share one log: it speaks the
 * protocol on loopback, behaves as the product's documents and sources say it does, and fails when
 * it is told to. It keeps nothing on disk.
 */
export class TestServer {
  readonly log = new TransactionLog()
  readonly faults = new Faults()
  readonly traffic = new Traffic()
  readonly settings: ServerSettings
  readonly nodes: Array<ServerNode> = []
  readonly certificate: Certificate | undefined
  readonly groups = new Map<string, PersistentGroup>()
  readonly #subscriptions = new Subscriptions()
  #leader: number | undefined = 0

  private constructor(settings: ServerSettings, certificate: Certificate | undefined) {
    this.settings = settings
    this.certificate = certificate
  }

  static async start(settings: Partial<ServerSettings> = {}): Promise<TestServer> {
    const all = { ...defaultSettings, ...settings }
    const certificate = all.tls ? await makeCertificate(all.certificate) : undefined
    const server = new TestServer(all, certificate)
    const cluster: Cluster = {
      log: server.log,
      faults: server.faults,
      traffic: server.traffic,
      settings: all,
      subscriptions: server.#subscriptions,
      groups: server.groups,
      leader: () => server.#leader,
      members: () => server.nodes.map((node) => node.member),
    }
    const credentials =
      certificate === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(
            Buffer.from(certificate.cert),
            [
              {
                private_key: Buffer.from(certificate.key),
                cert_chain: Buffer.from(certificate.cert),
              },
            ],
            all.userCertificates,
          )
    for (let index = 0; index < all.nodes; index++) {
      server.nodes.push(await ServerNode.start(cluster, index, credentials, certificate))
    }
    return server
  }

  /** What a client is given: the one node, or all of them as seeds of gossip. */
  get connectionString(): string {
    // A certificate is for a name.
    const name = this.settings.tls ? "localhost" : undefined
    const hosts = this.nodes.map(
      ({ link: { endpoint } }) => `${name ?? endpoint.host}:${endpoint.port}`,
    )
    return `esdb://${hosts.join(",")}?tls=${this.settings.tls}`
  }

  /** The connections of all nodes that are there now. */
  get connections(): number {
    return this.nodes.reduce((sum, node) => sum + node.link.connections, 0)
  }

  /** Breaks every connection; new ones are taken at once. */
  cut(): void {
    for (const node of this.nodes) node.link.cut()
  }

  /** From now on everything takes so many milliseconds more on its way, in each direction. */
  slow(millis: number): void {
    for (const node of this.nodes) node.link.delay = millis
  }

  /** From now on nothing passes, though everything looks open. */
  freeze(): void {
    for (const node of this.nodes) node.link.freeze()
  }

  thaw(): void {
    for (const node of this.nodes) node.link.thaw()
  }

  /** Every node dies; {@link up} brings them back with what was committed. */
  async down(): Promise<void> {
    for (const node of this.nodes) await node.down()
    this.log.forgetRecentIds()
  }

  async up(): Promise<void> {
    for (const node of this.nodes) await node.up()
  }

  /** The index of the node that leads, if one does. */
  get leader(): number | undefined {
    return this.#leader
  }

  /** Nobody leads from now on, until {@link lead}. */
  loseLeader(): void {
    this.#leader = undefined
  }

  /** A node leads; recent ids are in the memory of the old leader only. */
  lead(index: number): void {
    this.#leader = index
    this.log.forgetRecentIds()
  }

  /** The subscriptions that are open and say something. */
  get subscriptions(): number {
    return this.#subscriptions.count
  }

  /** Ends the subscriptions that there are now, or lets them fall silent; answers how many. */
  endSubscriptions(how: SubscriptionEnd): number {
    return this.#subscriptions.endAll(how)
  }

  async stop(): Promise<void> {
    this.certificate?.removeFile()
    for (const node of this.nodes) await node.stop()
  }
}
