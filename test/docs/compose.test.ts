import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "effect/encoding/Yaml"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { readPage, root, section } from "./pages.ts"

const Service = Schema.Struct({
  image: Schema.String,
  profiles: Schema.Array(Schema.String),
  environment: Schema.Record(Schema.String, Schema.String).pipe(Schema.optionalKey),
  ports: Schema.Array(Schema.String).pipe(Schema.optionalKey),
  volumes: Schema.Array(Schema.String),
  command: Schema.Array(Schema.String).pipe(Schema.optionalKey),
  healthcheck: Schema.Struct({ test: Schema.Array(Schema.String) }).pipe(Schema.optionalKey),
  depends_on: Schema.Record(Schema.String, Schema.Struct({ condition: Schema.String })).pipe(
    Schema.optionalKey,
  ),
  networks: Schema.Struct({ cluster: Schema.Struct({ ipv4_address: Schema.String }) }).pipe(
    Schema.optionalKey,
  ),
})
const Compose = Schema.Struct({
  services: Schema.Record(Schema.String, Service),
  networks: Schema.Struct({
    cluster: Schema.Struct({
      ipam: Schema.Struct({ config: Schema.Array(Schema.Struct({ subnet: Schema.String })) }),
    }),
  }),
  volumes: Schema.Record(Schema.String, Schema.Null),
})

const { services, networks, volumes } = Schema.decodeUnknownSync(Compose)(
  parse(readFileSync(join(root, "compose.yaml"), "utf8")),
)
const page = readPage("docs/how-to/run-on-eventstoredb.md")
const addresses = [...section(page, "## Try it with Docker").matchAll(/esdb:\/\/[^']+/g)].map(
  ([address]) => address,
)

// Options of the server of version 25.1, which refuses to start with one that it does not know.
const options = [
  "ADVERTISE_HOST_TO_CLIENT_AS",
  "ADVERTISE_NODE_PORT_TO_CLIENT_AS",
  "CERTIFICATE_FILE",
  "CERTIFICATE_PRIVATE_KEY_FILE",
  "CLUSTER_SIZE",
  "DISCOVER_VIA_DNS",
  "GOSSIP_SEED",
  "INSECURE",
  "REPLICATION_IP",
  "TELEMETRY_OPTOUT",
  "TRUSTED_ROOT_CERTIFICATES_PATH",
].map((name) => `KURRENTDB_${name}`)

const nodesOf = (profile: string) =>
  Object.entries(services).filter(
    ([, { image, profiles }]) => profiles.includes(profile) && image.includes("kurrentdb:"),
  )
const cluster = nodesOf("cluster")
const [, certificates] = Object.entries(services).find(([name]) => name === "certificates") ?? []

describe("compose.yaml", () => {
  it("names every image in its exact version", () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/:\d+\.\d+\.\d+$/)
  })

  it("publishes ports to this machine alone, each once", () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? [])
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:2113$/)
    expect(new Set(ports).size).toBe(ports.length)
    expect(ports).toHaveLength(4)
  })

  it("gives no option that the server does not have", () => {
    const given = Object.values(services).flatMap(({ environment = {} }) =>
      Object.keys(environment),
    )
    expect(given).not.toEqual([])
    expect(given.filter((name) => !options.includes(name))).toEqual([])
  })

  it("keeps what servers hold in volumes, one for each", () => {
    const kept = Object.values(services)
      .flatMap((service) => service.volumes)
      .flatMap((volume) => /^(\w+):\/var\/lib\/kurrentdb$/.exec(volume)?.slice(1) ?? [])
    expect(kept).toEqual(Object.keys(volumes))
  })

  it("makes a cluster whose nodes know the others, and are known outside by what is published", () => {
    const ips = cluster.map(([, { networks }]) => networks?.cluster.ipv4_address)
    expect(new Set(ips).size).toBe(3)
    const [subnet] = networks.cluster.ipam.config
    for (const [name, { environment = {}, ports, networks }] of cluster) {
      const ip = networks?.cluster.ipv4_address
      expect(`${ip?.replace(/\.\d+$/, ".0")}/24`).toBe(subnet?.subnet)
      expect(environment).toMatchObject({
        KURRENTDB_CLUSTER_SIZE: "3",
        KURRENTDB_REPLICATION_IP: ip,
        KURRENTDB_ADVERTISE_HOST_TO_CLIENT_AS: "localhost",
        KURRENTDB_GOSSIP_SEED: ips
          .filter((other) => other !== ip)
          .map((other) => `${other}:2113`)
          .join(","),
        KURRENTDB_CERTIFICATE_FILE: `/certificates/${name}/node.crt`,
        KURRENTDB_CERTIFICATE_PRIVATE_KEY_FILE: `/certificates/${name}/node.key`,
        KURRENTDB_TRUSTED_ROOT_CERTIFICATES_PATH: "/certificates/ca",
      })
      expect(ports).toEqual([
        `127.0.0.1:${environment.KURRENTDB_ADVERTISE_NODE_PORT_TO_CLIENT_AS}:2113`,
      ])
    }
  })

  it("makes certificates before, for the addresses of the nodes and for this machine", () => {
    const script = certificates?.command?.join("\n") ?? ""
    const [, addressesOfNode = ""] = /-ip-addresses (\S+)/.exec(script) ?? []
    const made = [1, 2, 3].map((n) => addressesOfNode.replace("$$n", String(n)).split(","))
    for (const [index, [name, service]] of cluster.entries()) {
      expect(name).toBe(`node${index + 1}`)
      expect(made[index]).toContain(service.networks?.cluster.ipv4_address)
      expect(service.depends_on).toEqual({
        certificates: { condition: "service_completed_successfully" },
      })
      expect(service.volumes).toContain("./compose-data/certificates:/certificates:ro")
      expect(service.healthcheck?.test).toContain("https://localhost:2113/health/live")
    }
    expect(script).toContain("-dns-names localhost")
    expect(script).toContain("create-ca -out ./ca")
    expect(script).toContain("-out ./node$$n")
  })

  it("is what the addresses in the documentation mean", () => {
    const published = (profile: string): string =>
      nodesOf(profile)
        .flatMap(([, { ports = [] }]) => ports)
        .map((port) => `localhost:${port.split(":")[1]}`)
        .join(",")
    const [mount] = certificates?.volumes ?? []
    const directory = mount?.replace(/^\.\/|:.*$/g, "")
    expect(addresses).toEqual([
      `esdb://${published("node")}?tls=false`,
      `esdb://${published("cluster")}?tlsCAFile=${directory}/ca/ca.crt`,
    ])
    const [[, single] = []] = nodesOf("node")
    expect(single?.environment).toMatchObject({ KURRENTDB_INSECURE: "true" })
    expect(cluster.map(([, { environment }]) => environment?.KURRENTDB_INSECURE)).toEqual([
      ...[undefined, undefined, undefined],
    ])
  })
})
